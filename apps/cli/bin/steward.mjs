#!/usr/bin/env node
// Called directly, this file meets whatever Node the machine has. Steward needs Node 24 or newer (it runs TypeScript
// as it stands), so an older Node hands over to the one that npm installed beside it. Plain JavaScript on purpose.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const NEEDED_MAJOR = 24;

if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) {
  await import("../src/main.ts");
} else {
  const packaged = packagedNode();
  if (packaged === undefined) {
    process.stderr.write(
      `Steward needs Node ${NEEDED_MAJOR} or newer; this is ${process.version}, and no packaged Node exists for ` +
        `${process.platform}-${process.arch}. Install Node ${NEEDED_MAJOR} and run the command again.\n`,
    );
    process.exit(2);
  }
  const run = spawnSync(packaged, process.argv.slice(1), { stdio: "inherit" });
  process.exit(run.status ?? 1);
}

function packagedNode() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    const file = path.join(path.dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
