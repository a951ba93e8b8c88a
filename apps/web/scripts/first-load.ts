/** Prints how much JavaScript a first visit loads, compressed, and fails where it is more than the budget. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/** What a first visit may load: on a slow phone connection (1.6 Mbit/s) it takes a little more than a second. */
const BUDGET_BYTES = 250_000;
const DIST = new URL("../dist/", import.meta.url);

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}

async function compressedBytes(file: string): Promise<number> {
  return gzipSync(await readFile(new URL(file, DIST))).length;
}

/** The entry and everything that it imports before it runs; lazy pages come later. */
function firstLoad(manifest: Record<string, Chunk>, page: string): Set<string> {
  const seen = new Set<string>();
  const waiting = Object.keys(manifest).filter((key) => manifest[key]?.isEntry || key === page);
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const chunk = manifest[key];
    if (!chunk || seen.has(chunk.file)) continue;
    seen.add(chunk.file);
    waiting.push(...(chunk.imports ?? []));
  }
  return seen;
}

const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", DIST), "utf8")) as Record<string, Chunk>;
for (const page of ["src/pages/access/sign-in-page.tsx", "src/pages/overview/overview-page.tsx"]) {
  const sizes = await Promise.all([...firstLoad(manifest, page)].map(compressedBytes));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(
    `First load of ${page}: ${(total / 1000).toFixed(1)} kB of JavaScript, gzip (budget ${BUDGET_BYTES / 1000} kB)`,
  );
  if (total > BUDGET_BYTES) process.exitCode = 1;
}
