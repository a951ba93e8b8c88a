import { describe, expect, test } from "vitest";

import { KINDS, type Component, type Kind } from "../src/index.ts";
import { readBundles, scanFiles, type Files } from "./support.ts";

type Label = Pick<Component, "kind" | "name"> &
  Partial<Pick<Component, "version" | "ecosystem" | "provider" | "confidence">>;

interface Repository {
  readonly repo: string;
  readonly files: Files;
  /** Every component of the repository. */
  readonly expect: readonly Label[];
  /** Components that may be found or not: there is more than one view of them. */
  readonly also?: readonly string[];
}

interface Tally {
  hits: number;
  wrong: number;
  missed: number;
}

/** The acceptance limits of the scanner. */
const MIN_PRECISION = 0.95;
const MIN_RECALL = 0.9;

const repositories = readBundles<Repository[]>("corpus").flat();
const tallies = new Map<Kind, Tally>();
const remarks: string[] = [];

function tally(kind: Kind): Tally {
  const known = tallies.get(kind) ?? { hits: 0, wrong: 0, missed: 0 };
  tallies.set(kind, known);
  return known;
}

const keyOf = ({ kind, name }: Pick<Component, "kind" | "name">): string => `${kind} ${name}`;

describe("the labelled corpus", () => {
  test("has at least forty repositories, with and without AI", () => {
    expect(repositories.length).toBeGreaterThanOrEqual(40);
    expect(repositories.filter(({ expect: labels }) => labels.length === 0).length).toBeGreaterThanOrEqual(10);
  });

  test.each(repositories.map((repository) => [repository.repo, repository] as const))("%s", async (_, repository) => {
    const { report } = await scanFiles(repository.files);
    const found = new Map(report.components.map((component) => [keyOf(component), component]));
    const labelled = new Set(repository.expect.map(keyOf));
    for (const label of repository.expect) {
      const component = found.get(keyOf(label));
      if (component === undefined) {
        tally(label.kind).missed++;
        remarks.push(`missed in ${repository.repo}: ${keyOf(label)}`);
      } else {
        tally(label.kind).hits++;
        expect(component).toMatchObject(label);
      }
    }
    for (const [key, component] of found) {
      if (labelled.has(key) || repository.also?.includes(key) === true) continue;
      tally(component.kind).wrong++;
      remarks.push(`wrong in ${repository.repo}: ${key}`);
    }
    if (repository.expect.length === 0) expect(report.components).toEqual([]);
  });

  test("is found with the precision and recall that are asked for", () => {
    const rows = KINDS.flatMap((kind) => {
      const { hits = 0, wrong = 0, missed = 0 } = tallies.get(kind) ?? {};
      return hits + wrong + missed === 0 ? [] : [{ kind, hits, wrong, missed }];
    });
    const total = { kind: "all", hits: sum(rows, "hits"), wrong: sum(rows, "wrong"), missed: sum(rows, "missed") };
    const lines = [...rows, total].map(
      ({ kind, hits, wrong, missed }) =>
        `${kind.padEnd(13)} precision ${ratio(hits, wrong)}  recall ${ratio(hits, missed)}  (${hits} found, ${wrong} wrong, ${missed} missed)`,
    );
    process.stdout.write(`\n${repositories.length} repositories\n${[...lines, ...remarks].join("\n")}\n`);
    expect(total.hits / (total.hits + total.wrong)).toBeGreaterThanOrEqual(MIN_PRECISION);
    expect(total.hits / (total.hits + total.missed)).toBeGreaterThanOrEqual(MIN_RECALL);
  });
});

function sum(rows: readonly Tally[], key: keyof Tally): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function ratio(hits: number, others: number): string {
  return hits + others === 0 ? "  -  " : (hits / (hits + others)).toFixed(3);
}
