/**
 * Measures the scanner over a generated tree: half of the files are source of 4 KB median, one in ten of those with AI
 * signals, the rest what repositories hold beside source. Prints files a second and the peak of memory.
 *
 *   node bench/scan-speed.ts [files, 50000 if left out]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { scan } from "@steward/discovery";

const FILES_PER_DIRECTORY = 100;
const MEDIAN_SOURCE_BYTES = 4096;

/** The spread of source file sizes: standard deviation of their logarithm. */
const SIZE_SPREAD = 0.9;

/** A small deterministic generator (mulberry32), so that every run measures the same tree. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(42);

function sourceBytes(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(Math.round(MEDIAN_SOURCE_BYTES * Math.exp(SIZE_SPREAD * normal)), 200_000);
}

const LANGUAGES = [
  {
    extension: "py",
    plain: (n: number) =>
      `def handle_${n}(order, customer):\n    total = sum(item.price for item in order.items)\n    return {"id": order.id, "total": total, "name": customer.name}\n\n`,
    signal:
      "import os\nfrom openai import OpenAI\nclient = OpenAI(api_key=os.environ['OPENAI_API_KEY'])\n\ndef ask(text):\n    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': text}])\n\n",
  },
  {
    extension: "ts",
    plain: (n: number) =>
      `export function handle${n}(order: Order, customer: Customer): Summary {\n  const total = order.items.reduce((sum, item) => sum + item.price, 0);\n  return { id: order.id, total, name: customer.name };\n}\n\n`,
    signal:
      "import { generateText } from 'ai';\nimport { openai } from '@ai-sdk/openai';\nexport const ask = (prompt: string) => generateText({ model: openai('gpt-4o-mini'), prompt });\n\n",
  },
  {
    extension: "go",
    plain: (n: number) =>
      `func Handle${n}(order Order, customer Customer) Summary {\n\ttotal := 0\n\tfor _, item := range order.Items {\n\t\ttotal += item.Price\n\t}\n\treturn Summary{ID: order.ID, Total: total}\n}\n\n`,
    signal:
      'import (\n\topenai "github.com/sashabaranov/go-openai"\n)\n\nvar client = openai.NewClient(os.Getenv("OPENAI_API_KEY"))\n\n',
  },
  {
    extension: "java",
    plain: (n: number) =>
      `class Handler${n} {\n  Summary handle(Order order) {\n    int total = order.items().stream().mapToInt(Item::price).sum();\n    return new Summary(order.id(), total);\n  }\n}\n\n`,
    signal:
      'import dev.langchain4j.model.openai.OpenAiChatModel;\nclass Chat { Object model = OpenAiChatModel.builder().modelName("gpt-4o-mini").build(); }\n\n',
  },
];

function sourceFile(at: number): { name: string; content: string } {
  const language = LANGUAGES[at % LANGUAGES.length] as (typeof LANGUAGES)[number];
  const size = sourceBytes();
  let content = random() < 0.1 ? language.signal : "";
  for (let n = 0; content.length < size; n++) content += language.plain(n);
  return { name: `file${at}.${language.extension}`, content };
}

const OTHERS = [
  (at: number) => ({ name: `note${at}.md`, content: "# Notes\n\nWhat was decided, and why.\n".repeat(40) }),
  (at: number) => ({
    name: `data${at}.json`,
    content: JSON.stringify({ rows: Array.from({ length: 40 }, (_, n) => ({ n, name: `row ${n}` })) }),
  }),
  (at: number) => ({ name: `deploy${at}.yaml`, content: "apiVersion: v1\nkind: ConfigMap\ndata:\n  key: value\n" }),
  (at: number) => ({ name: `style${at}.css`, content: ".a { color: red; }\n".repeat(80) }),
  (at: number) => ({ name: `image${at}.png`, content: `\u0089PNG${"x".repeat(2000)}` }),
  (at: number) => ({ name: `blob${at}`, content: "\u0000\u0001\u0002".repeat(500) }),
];

function generate(root: string, files: number): number {
  let bytes = 0;
  for (let at = 0; at < files; at++) {
    const directory = path.join(
      root,
      `d${Math.floor(at / FILES_PER_DIRECTORY / 10)}`,
      `e${Math.floor(at / FILES_PER_DIRECTORY)}`,
    );
    if (at % FILES_PER_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    const { name, content } =
      at % 2 === 0 ? sourceFile(at / 2) : (OTHERS[(at >> 1) % OTHERS.length] as (typeof OTHERS)[number])(at);
    writeFileSync(path.join(directory, name), content);
    bytes += content.length;
  }
  return bytes;
}

/** Scans in a process of its own, so that the memory that is measured is the scanner's. */
async function measure(root: string): Promise<void> {
  let peakBytes = 0;
  const note = (): void => void (peakBytes = Math.max(peakBytes, process.memoryUsage.rss()));
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const { report } = await scan(root, { onProgress: note });
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  note();
  const places = report.components.reduce((sum, component) => sum + component.evidence.length, 0);
  process.stdout.write(
    `${report.filesScanned} files in ${seconds.toFixed(1)} s: ${Math.round(report.filesScanned / seconds)} files/s, ` +
      `${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of processor time, ${(peakBytes / 1e6).toFixed(0)} MB peak\n` +
      `${report.components.length} components, ${places} places, ${report.filesSkipped.length} skipped\n`,
  );
}

const [first = "50000", second] = process.argv.slice(2);
if (first === "--scan" && second !== undefined) await measure(second);
else {
  const root = mkdtempSync(path.join(tmpdir(), "steward-bench-"));
  try {
    const bytes = generate(root, Number(first));
    process.stdout.write(`Generated ${first} files, ${(bytes / 1e6).toFixed(0)} MB.\n`);
    spawnSync(process.execPath, [import.meta.filename, "--scan", root], { stdio: "inherit" });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
