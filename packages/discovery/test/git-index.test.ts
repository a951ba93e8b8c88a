import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { walk } from "../src/repo/walk.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "index-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const git = (...args: readonly string[]): void => void execFileSync("git", args, { cwd: root, stdio: "ignore" });

const walked = (): string[] => [...walk(root, () => {})].map((file) => file.path);

function write(file: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), "x = 1\n");
}

describe("files that git tracks are read, whatever a .gitignore says", () => {
  test.each(["2", "4"])("index of version %s", (version) => {
    git("init", "-q");
    git("config", "index.version", version);
    for (const file of ["app.py", "papers.py", "old/kept/one.py", "old/kept/other.py"]) write(file);
    git("add", ".");
    writeFileSync(path.join(root, ".gitignore"), "papers*\nold/\n");
    write("papers2.py");
    write("old/kept/new.py");
    expect(walked().sort()).toEqual([".gitignore", "app.py", "old/kept/one.py", "old/kept/other.py", "papers.py"]);
  });

  test("what is no index, or ends too early, is none", () => {
    write("papers.py");
    writeFileSync(path.join(root, ".gitignore"), "papers*\n");
    mkdirSync(path.join(root, ".git"));
    for (const bytes of ["", "DIRC", "DIRC\0\0\0\u0002\0\0\0\u0009papers.py", "JUNK\0\0\0\u0002\0\0\0\u0001"]) {
      writeFileSync(path.join(root, ".git/index"), bytes);
      expect(walked()).toEqual([".gitignore"]);
    }
  });
});
