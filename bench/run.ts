/** `npm run bench [name …]`: runs the benchmarks one after the other, each in a process of its own. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .sort();

const memoryGib = Math.round(totalmem() / 2 ** 30);
process.stdout.write(
  `Machine: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memoryGib} GiB, Node ${process.version}\n`,
);
for (const file of files) {
  process.stdout.write(`\n## ${file.replace(/\.ts$/, "")}\n\n`);
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${file}`], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
