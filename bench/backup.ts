/**
 * Backup and restore of a whole installation, with the time and size of each step. The decisions are sent through the
 * public API first, which takes longest and is not what is measured.
 *
 *     node bench/backup.ts [decisions, 1000000] [files, 1000]
 */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";

import { backUp, backUpKeys, restore, restoreKeys, startServer } from "@steward/server";

import { createWorld } from "./support/world.ts";

const decisions = Number(process.argv[2] ?? 1_000_000);
const files = Number(process.argv[3] ?? 1000);
/** Half of a scanned page. */
const FILE_BYTES = 200_000;
const archive = { passphrase: "a sentence for the benchmark" };
const folder = await mkdtemp(path.join(tmpdir(), "steward-bench-backup-"));
const environment = (name: string) => ({
  STEWARD_DATA_DIR: path.join(folder, name),
  STEWARD_PORT: "0",
  STEWARD_LOG_LEVEL: "error",
});

try {
  await mkdir(environment("first").STEWARD_DATA_DIR, { mode: 0o711 });
  print(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} at the start`);
  const world = await createWorld(environment("first").STEWARD_DATA_DIR);
  await timed("send decisions through the API", () => world.populate({ systems: 10, records: 30, decisions }));
  await timed("upload files", () => uploadFiles(world.url, world.cookie, world.systemIds[0] as string));
  const data = path.join(folder, "data.age");
  const dumped = await timed("backup, while the server runs", () =>
    backUp(data, { ...archive, env: environment("first") }),
  );
  print(
    `  ${dumped.rows.toLocaleString("en")} rows, ${dumped.files} files, ${(dumped.sizeBytes / 1e6).toFixed(1)} MB, SHA-256 ${dumped.sha256.slice(0, 16)}…`,
  );
  const keys = path.join(folder, "keys.age");
  await backUpKeys(keys, { ...archive, env: environment("first") });
  await world.close();

  await restoreKeys(keys, { ...archive, env: environment("second") });
  const restored = await timed("restore elsewhere, every log verified", () =>
    restore(data, { ...archive, env: environment("second") }),
  );
  print(
    `  ${restored.rows.toLocaleString("en")} rows, ${restored.files} files, findings: ${restored.findings.length}, ` +
      `counts equal: ${restored.rows === dumped.rows && restored.files === dumped.files}`,
  );
  const server = await timed("start on what was restored", () => startServer({ env: environment("second") }));
  await server.close();
  print(`load ${loadavg()[0]?.toFixed(1)} at the end, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Contents that do not pack, as pictures and documents do not. */
async function uploadFiles(url: string, cookie: string, systemId: string): Promise<void> {
  for (let n = 0; n < files; n++) {
    const query = `subjectKind=system&subjectId=${systemId}&name=file-${n}.bin`;
    const answer = await fetch(`${url}/api/v1/attachments?${query}`, {
      method: "POST",
      headers: { cookie, "content-type": "application/octet-stream" },
      body: randomBytes(FILE_BYTES),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    await answer.arrayBuffer();
  }
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  print(`${what.padEnd(44)} ${((performance.now() - started) / 1000).toFixed(1).padStart(8)} s`);
  return result;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
