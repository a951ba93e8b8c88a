import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { buildCatalogue, CatalogueError, loadCatalogue } from "../src/index.ts";
import { at, parsedCatalogue } from "./parsed.ts";
import type { Loose } from "./parsed.ts";

async function mistakeOf(change: (files: Map<string, Loose>) => void): Promise<CatalogueError> {
  const files = parsedCatalogue();
  change(files);
  const error: unknown = await buildCatalogue(files).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CatalogueError);
  return error as CatalogueError;
}

/** Renames a key in place, keeping its value. */
function rename(object: Loose, from: string, to: string): void {
  object[to] = object[from];
  delete object[from];
}

describe("a mistake in the data is an error that names file and place", () => {
  it("for a misspelt key", async () => {
    const error = await mistakeOf((files) =>
      rename(at(files, "iso-42001/tests.yaml", "tests.3"), "passesWhen", "passeswhen"),
    );
    expect(error.code).toBe("invalid");
    expect(error.problems).toContainEqual(expect.stringMatching(/^iso-42001\/tests\.yaml: tests\[3\]\.passesWhen: /));
    expect(error.message).toContain('"passeswhen"');
  });

  it("for a misspelt key in every file, wherever a key stands", async () => {
    const paths = [...parsedCatalogue().keys()];
    for (const path of paths) {
      const error = await mistakeOf((files) => rename(at(files, path, ""), "meta", "mata"));
      expect(
        error.problems.every((problem) => problem.startsWith(`${path}: `)),
        path,
      ).toBe(true);
    }
  });

  it("for an id that is used twice", async () => {
    const error = await mistakeOf((files) => {
      at(files, "iso-42001/annex-c.yaml", "objectives.0").id = "iso42001:C.2.2";
    });
    expect(error.code).toBe("inconsistent");
    expect(error.message).toContain("iso-42001/annex-c.yaml: objectives[1].id: iso42001:C.2.2 is already defined");
  });

  it("for a reference that leads nowhere", async () => {
    const error = await mistakeOf((files) => {
      at(files, "crosswalks/soc-2.yaml", "rows.0").from = "iso42001:4.9";
    });
    expect(error.problems).toContain("crosswalks/soc-2.yaml: rows[0].from: iso42001:4.9 is not defined");
  });

  it("for a link that only one side names", async () => {
    const error = await mistakeOf((files) => at(files, "iso-42001/clauses.yaml", "clauses.1.tests").push("T-4.2-1"));
    expect(error.problems).toEqual([
      "clauses.yaml and controls.yaml: iso42001:4.1 names T-4.2-1, iso-42001/tests.yaml does not",
    ]);
  });

  it("for a parameter that no default defines", async () => {
    const error = await mistakeOf((files) =>
      at(files, "iso-42001/tests.yaml", "tests.0.parameters").push("NO_SUCH_LIMIT"),
    );
    expect(error.message).toContain("T-4.1-1 names NO_SUCH_LIMIT, iso-42001/defaults.yaml does not");
  });

  it("for a document under the wrong clause", async () => {
    const error = await mistakeOf((files) => {
      at(files, "iso-42001/documented-information.yaml", "documents.0").requirement = "iso42001:4.4";
    });
    expect(error.message).toContain("iso42001:DI-01");
  });

  it("for a count that is not what the file holds", async () => {
    const error = await mistakeOf((files) => {
      at(files, "iso-42001/controls.yaml", "meta.counts").controls = 37;
    });
    expect(error.problems).toEqual(["iso-42001/controls.yaml: meta.counts.controls: says 37, the file holds 38"]);
  });

  it("for a control that is missing", async () => {
    const error = await mistakeOf((files) => at(files, "iso-42001/controls.yaml", "controls").pop());
    expect(error.code).toBe("inconsistent");
    expect(error.message).toContain("says 38, the file holds 37");
  });

  it("for a crosswalk row with a flag that nobody explains", async () => {
    const error = await mistakeOf((files) => at(files, "crosswalks/iso-9001.yaml", "rows.2.support").push("zz"));
    expect(error.message).toContain("no support flag zz");
  });

  it("for a file that is missing or unknown", async () => {
    const error = await mistakeOf((files) => {
      files.set("iso-42001/clause.yaml", files.get("iso-42001/clauses.yaml")!);
      files.delete("iso-42001/clauses.yaml");
    });
    expect(error.code).toBe("unreadable");
    expect(error.problems).toEqual([
      "iso-42001/clauses.yaml: the file is missing",
      "iso-42001/clause.yaml: no such catalogue file",
    ]);
  });

  it("for every reference in the catalogue: none can be misspelt unseen", async () => {
    const places = referencePlaces(parsedCatalogue());
    expect(places.length).toBeGreaterThan(3000);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), async ([path, holder, key]) => {
        const error = await mistakeOf((files) => {
          const object = at(files, path, holder);
          object[key] = `${String(object[key])}99`;
        });
        expect(error.message).toContain(path.replace("iso-42001/", ""));
      }),
      { numRuns: 25 },
    );
  });
});

/** Every place, in fields that hold references, as [file, path of the holder, key]. */
function referencePlaces(files: Map<string, Loose>): [string, string, string][] {
  const places: [string, string, string][] = [];
  const visit = (path: string, value: unknown, keys: readonly string[]): void => {
    // An `id` defines; everything else of this form refers.
    if (
      typeof value === "string" &&
      keys.at(-1) !== "id" &&
      /^([a-z][a-z0-9-]*:[A-Z0-9a-z.()-]+|T-[A\d].*-\d+)$/.test(value)
    ) {
      places.push([path, keys.slice(0, -1).join("."), keys.at(-1)!]);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(path, inner, [...keys, key]);
    }
  };
  for (const [path, file] of files) visit(path, file, []);
  return places;
}

describe("loading from a folder", () => {
  it("names the line of a file that is not YAML", async () => {
    const folder = await mkdtemp(join(tmpdir(), "steward-catalogue-"));
    try {
      await writeFile(join(folder, "standards.yaml"), "meta:\n  title: [ open\n");
      await expect(loadCatalogue(folder)).rejects.toMatchObject({
        code: "unreadable",
        message: expect.stringMatching(/standards\.yaml: .*\d+:\d+/s) as string,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says when the folder is not there", async () => {
    await expect(loadCatalogue(join(tmpdir(), "no-such-catalogue"))).rejects.toMatchObject({ code: "unreadable" });
  });
});
