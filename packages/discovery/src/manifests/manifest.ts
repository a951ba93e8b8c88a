/** What manifests and lock files say, before any rule has looked at it. */
import type { Ecosystem } from "../rules/rule.ts";

export interface Declaration {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  /** The exact version where the manifest pins one; undefined for a range. */
  readonly version: string | undefined;
  readonly line: number;
}

export interface Locked {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version: string;
}

export interface Manifest {
  /** The project's own name: what it publishes is not what it uses. */
  readonly ownName?: string | undefined;
  readonly declared: readonly Declaration[];
  readonly locked: readonly Locked[];
}

export const EMPTY_MANIFEST: Manifest = { declared: [], locked: [] };

/** A version without a range: `1.2.3`, `==1.2.3`, `v1.2.3`, `=1.2.3`. */
export function exactVersion(text: string | undefined): string | undefined {
  const match = /^\s*(?:={1,3}\s*)?v?(\d+(?:\.\d+)+(?:[-+.]?[0-9A-Za-z.+-]*)?)\s*$/.exec(text ?? "");
  return match?.[1]?.includes("*") === true ? undefined : match?.[1];
}

/** The line, from 1, of the first occurrence of a text after an offset; 1 where there is none. */
export function lineOf(text: string, needle: string, from = 0): number {
  const at = text.indexOf(needle, Math.max(from, 0));
  if (at === -1) return 1;
  let line = 1;
  for (let i = text.indexOf("\n"); i !== -1 && i < at; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The mapping in a field; empty where there is none. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  let at = value;
  for (const key of path) at = isFields(at) ? at[key] : undefined;
  return isFields(at) ? at : {};
}

/** The list in a field; empty where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  let at = value;
  for (const key of path) at = isFields(at) ? at[key] : undefined;
  return Array.isArray(at) ? at : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
