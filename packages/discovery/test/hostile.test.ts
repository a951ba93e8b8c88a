import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

import { expect, test } from "vitest";

import { scan } from "../src/index.ts";
import { scanFiles, withFiles } from "./support.ts";

const reasonOf = (report: Awaited<ReturnType<typeof scan>>["report"], file: string): string | undefined =>
  report.filesSkipped.find((skipped) => skipped.file === file)?.reason;

/** A file of a given size without writing it: the file system keeps what is not written as a hole. */
function sparseFile(file: string, head: Buffer | string, sizeBytes: number): void {
  const descriptor = openSync(file, "w");
  writeSync(descriptor, Buffer.from(head));
  closeSync(descriptor);
  truncateSync(file, sizeBytes);
}

test("a file of a gigabyte is recognised by its head, or named as too large to read", async () => {
  await withFiles({}, async (root) => {
    const header = Buffer.alloc(64);
    header.writeBigUInt64LE(40n);
    header.write('{"weight":{"dtype":"F16","shape":[1]}}', 8);
    sparseFile(path.join(root, "model.bin"), header, 2 ** 30);
    sparseFile(path.join(root, "dump.sql"), "-- openai\n", 2 ** 30);
    const { report } = await scan(root);
    expect(report.components).toMatchObject([{ kind: "model_file", name: "model.bin", confidence: "used" }]);
    expect(reasonOf(report, "dump.sql")).toMatch(/larger than 2 MB/);
  });
});

test("a loop of symbolic links is not followed", async () => {
  await withFiles({ "src/app.py": "import openai\n" }, async (root) => {
    symlinkSync(root, path.join(root, "src/again"));
    symlinkSync(path.join(root, "b"), path.join(root, "a"));
    symlinkSync(path.join(root, "a"), path.join(root, "b"));
    const { report } = await scan(root);
    expect(report.components).toHaveLength(1);
    expect(report.components[0]?.evidence).toHaveLength(1);
    for (const link of ["a", "b", "src/again"]) expect(reasonOf(report, link)).toBe("symbolic link, not followed");
  });
});

test("broken archives are named, whole ones are not opened", async () => {
  const emptyZip = Buffer.concat([Buffer.from("PK\u0005\u0006", "latin1"), Buffer.alloc(18)]);
  const files = {
    "cut.zip": "base64:UEsDBBQAAAAIAAAAIQ==",
    "cut.pt": "base64:UEsDBBQAAAAIAAAAIQ==",
    "not-a.zip": "hello",
    "cut.tar.gz": "base64:H4sIAAAAAAAAA+3=",
    "empty.zip": `base64:${emptyZip.toString("base64")}`,
  };
  await withFiles(files, async (root) => {
    const { report } = await scan(root);
    expect(report.components).toEqual([]);
    for (const file of ["cut.zip", "cut.pt", "not-a.zip", "cut.tar.gz"]) {
      expect([file, reasonOf(report, file)]).toEqual([file, "broken archive"]);
    }
    expect(reasonOf(report, "empty.zip")).toBe("archive, not opened");
  });
});

test("a minified bundle of fifty megabytes and a smaller one are left out", async () => {
  await withFiles({ "small.js": `var a="openai";${"x();".repeat(20_000)}` }, async (root) => {
    writeFileSync(path.join(root, "bundle.js"), Buffer.alloc(50 * 1024 * 1024, 'require("openai");'));
    const { report } = await scan(root);
    expect(report.components).toEqual([]);
    expect(reasonOf(report, "bundle.js")).toMatch(/larger than 2 MB/);
    expect(reasonOf(report, "small.js")).toBe("minified or generated");
  });
});

test("invalid UTF-8 is named, UTF-16 is read", async () => {
  await withFiles({}, async (root) => {
    writeFileSync(path.join(root, "latin.py"), Buffer.from("import openai # caf\u00e9\n", "latin1"));
    writeFileSync(path.join(root, "requirements.txt"), Buffer.from("\uFEFFopenai==1.0.0\r\n", "utf16le"));
    const { report } = await scan(root);
    expect(reasonOf(report, "latin.py")).toBe("not valid UTF-8");
    expect(report.components).toMatchObject([{ kind: "package", name: "openai", version: "1.0.0" }]);
  });
});

test("a file that vanishes between listing and reading is named", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [`m${String(at).padStart(3, "0")}.py`, "import openai\n"]),
  );
  await withFiles(files, async (root) => {
    let removed = false;
    const { report } = await scan(root, {
      onProgress: () => {
        if (removed) return;
        removed = true;
        rmSync(path.join(root, "m599.py"));
        rmSync(path.join(root, "m598.py"));
        mkdirSync(path.join(root, "m598.py"));
      },
    });
    expect(reasonOf(report, "m599.py")).toBe("vanished during the scan");
    expect(reasonOf(report, "m598.py")).toBe("not a regular file");
    expect(report.filesScanned).toBe(598);
  });
});

test("files that are not what their names say are named, not fatal", async () => {
  const files = {
    "package.json": '{"dependencies": ',
    "pyproject.toml": "= broken",
    "notebook.ipynb": '{"cells": [openai',
    "broken.ts": "import OpenAI from 'openai'; const = ;;; {{{",
    "broken.py": "from openai import OpenAI\ndef (:\n  client = OpenAI(\n",
    "deep.py": `import openai\nx = ${"(".repeat(5000)}1${")".repeat(5000)}\n`,
    "deep.js": `require('openai'); x = ${"[".repeat(3000)}1${"]".repeat(3000)};`,
    "k8s.yaml": "image: &a [*a, vllm/vllm-openai]\n? {\n",
    "empty.py": "",
  };
  await withFiles(files, async (root) => {
    const { report } = await scan(root);
    expect(reasonOf(report, "package.json")).toBe("not readable as a manifest");
    expect(reasonOf(report, "pyproject.toml")).toBe("not readable as a manifest");
    expect(reasonOf(report, "notebook.ipynb")).toBe("not readable as a notebook");
    expect(report.components.some(({ name }) => name === "openai")).toBe(true);
  });
});

test("ignored files are not scanned, whatever the depth of the .gitignore", async () => {
  const files = {
    ".gitignore": "build/\n*.log\n",
    "build/app.py": "import openai\n",
    "pkg/.gitignore": "local/*\n!local/kept.py\n",
    "pkg/local/dropped.py": "import anthropic\n",
    "pkg/local/kept.py": "import cohere\n",
    "node_modules/openai/index.js": "require('groq-sdk')\n",
  };
  await withFiles(files, async (root) => {
    const { report } = await scan(root);
    expect(report.components.map(({ name }) => name)).toEqual(["cohere"]);
    expect(reasonOf(report, "node_modules/")).toBe("third-party or generated code");
  });
});

test("a path that is not there is refused", async () => {
  await expect(scan("/nowhere/at/all")).rejects.toMatchObject({ code: "bad_root" });
});

test("generated files of one enormous line, or of nothing but lines, take no longer than others of their size", async () => {
  const strings = "'abc def','gpt-4o',".repeat(20_000);
  const { report } = await scanFiles({
    "spaces.rb": `require 'openai'\n${" ".repeat(250_000)}\nX = [${strings}]\n`,
    "lines.rb": `require 'openai'\n${"\n".repeat(250_000)}`,
    "strings.go": `package a\nimport "github.com/sashabaranov/go-openai"\nvar x = []string{${strings.replaceAll("'", '"')}}\n`,
    "strings.java": `import dev.langchain4j.service.AiServices;\nString[] x = {${strings.replaceAll("'", '"')}};\n`,
  });
  expect(report.filesSkipped).toEqual([]);
  expect(report.components.map(({ name }) => name)).toContain("gpt-4o");
});
