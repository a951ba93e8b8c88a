/**
 * Holds the structure: which package may import which, how large a file may be, and what a file may not contain.
 * Runs in `npm run check`; prints every breach with its place and exits 1 where there is one.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** The arrows of ARCHITECTURE.md: what each package may import from the workspace. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "packages/kernel": [],
  "packages/ledger": ["kernel"],
  "packages/catalogue": ["kernel"],
  "packages/registers": ["kernel"],
  "packages/assurance": ["kernel", "catalogue", "registers"],
  "packages/statistics": [],
  "packages/fairness": ["kernel", "statistics"],
  "packages/report": ["kernel", "fairness"],
  "packages/discovery": ["kernel"],
  "packages/telemetry": ["kernel"],
  "packages/contract": ["kernel", "registers"],
  "packages/client": ["contract"],
  "packages/sdk": [],
  "packages/ui": [],
  "apps/server": [
    "kernel",
    "ledger",
    "catalogue",
    "registers",
    "assurance",
    "contract",
    "telemetry",
    "statistics",
    "fairness",
    "report",
  ],
  "apps/web": ["kernel", "client", "ui", "ledger", "contract"],
  "apps/cli": ["kernel", "client", "discovery", "fairness", "ledger", "report", "server"],
};

/** Packages that do no I/O and run in the browser. */
const PURE = [
  "packages/kernel",
  "packages/ledger",
  "packages/assurance",
  "packages/fairness",
  "packages/statistics",
  "packages/telemetry",
  "packages/contract",
  "packages/registers",
];
/** The only files of pure packages that may touch Node, chosen by an import condition. */
const NODE_VARIANT = /\.node\.ts$/;

const FILE_MAX_LINES = 400;
const ROOTS = ["packages", "apps", "examples", "tools", "bench", "e2e"];
const SKIPPED = new Set(["node_modules", "dist", "generated"]);

const breaches: string[] = [];

for (const file of ROOTS.flatMap((root) => sourceFiles(root))) checkFile(file);
for (const breach of breaches) process.stderr.write(`${breach}\n`);
process.stdout.write(`tidy: ${breaches.length} breaches\n`);
process.exit(breaches.length > 0 ? 1 : 0);

function sourceFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(file);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [file] : [];
  });
}

function checkFile(file: string): void {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  if (lines > FILE_MAX_LINES)
    breaches.push(`${file}: ${lines} lines; split it along a real seam (${FILE_MAX_LINES} at most)`);
  const home = file.split(path.sep).slice(0, 2).join("/");
  const isTest = /\.test\.tsx?$|\/test\//.test(file);
  for (const specifier of importsOf(text)) {
    checkArrow(file, home, specifier, isTest);
    if (!isTest) checkPurity(file, home, specifier);
    checkServerDirection(file, specifier);
  }
}

function importsOf(text: string): string[] {
  const pattern = /^\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function checkArrow(file: string, home: string, specifier: string, isTest: boolean): void {
  const match = /^@steward\/([a-z]+)/.exec(specifier);
  const allowed = ARROWS[home];
  if (match && allowed && !isTest && !allowed.includes(match[1] as string) && match[1] !== path.basename(home)) {
    breaches.push(`${file}: ${home} must not import ${specifier}`);
  }
  if (match && /^@steward\/[a-z]+\/src\//.test(specifier)) breaches.push(`${file}: import ${specifier} by its name`);
  if (!specifier.startsWith(".") || !allowed || isTest) return;
  const target = path
    .normalize(path.join(path.dirname(file), specifier))
    .split(path.sep)
    .slice(0, 2)
    .join("/");
  if (target !== home) breaches.push(`${file}: reaches into ${target} by a path; import the package by its name`);
}

function checkPurity(file: string, home: string, specifier: string): void {
  if (!PURE.includes(home) || !specifier.startsWith("node:") || NODE_VARIANT.test(file)) return;
  breaches.push(`${file}: a pure package must not import ${specifier}`);
}

/** Inside the server, the platform never imports features, and features never import each other's stores. */
function checkServerDirection(file: string, specifier: string): void {
  if (!file.startsWith("apps/server/src/") || !specifier.startsWith(".")) return;
  const target = path.normalize(path.join(path.dirname(file), specifier));
  if (file.startsWith("apps/server/src/platform/") && target.startsWith("apps/server/src/features/")) {
    breaches.push(`${file}: the platform must not import a feature (${target})`);
  }
  const from = /^apps\/server\/src\/features\/([^/]+)\//.exec(file)?.[1];
  const to = /^apps\/server\/src\/features\/([^/]+)\//.exec(target)?.[1];
  if (from !== undefined && to !== undefined && from !== to && to !== "records" && target.endsWith(".store.ts")) {
    breaches.push(`${file}: reaches into the store of another feature (${target})`);
  }
}
