/** Scripts that HTML pages load, and SQL that makes vector columns. */
import { suppliedBy } from "../finding-list.ts";
import { npmSpecifier } from "../manifests/javascript.ts";
import type { Signals } from "./signals.ts";

/** `<script src="https://cdn.jsdelivr.net/npm/@tensorflow/tfjs">` uses the package. */
export function readHtml(signals: Signals, text: string): void {
  const bare = text.replaceAll(/<!--[\s\S]*?-->/g, (match) => match.replaceAll(/[^\n]/g, " "));
  for (const match of bare.matchAll(/<script\b[^>]*\bsrc\s*=\s*["']([^"']+)["']/gi)) {
    const specifier = npmSpecifier(match[1] as string);
    const known = specifier === undefined ? undefined : signals.book.packageNamed("npm", specifier.name);
    if (specifier === undefined || known === undefined) continue;
    const version = specifier.version === undefined ? {} : { version: specifier.version };
    const line = bare.slice(0, match.index).split("\n").length;
    signals.found.add("package", known.name, line, `${known.rule.id}/script`, "used", {
      ecosystem: "npm",
      ...version,
      ...suppliedBy(known.rule.provider),
    });
    signals.found.addTechnology({ ...known.rule, provider: undefined }, line, `${known.rule.id}/script`, "used");
  }
}

/** Statements that make PostgreSQL a vector store. */
const VECTOR_EXTENSION = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?["']?(?:vector|pgvector|vectorscale)["']?/i;

export function makesVectorStore(sql: string): boolean {
  return VECTOR_EXTENSION.test(sql);
}

/** SQL and Prisma schemas. */
export function readSql(signals: Signals, text: string): void {
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.replace(/(?:--|\/\/).*$/, "");
    if (
      makesVectorStore(line) ||
      /Unsupported\(\s*"vector\(/.test(line) ||
      /extensions\s*=\s*\[[^\]]*\b(?:pg)?vector\b/.test(line)
    ) {
      signals.found.add("vector_store", "pgvector", at + 1, "pgvector/sql", "used");
    }
  }
}
