/** A run of an evaluation tool, and the small things that all readers need. */
import { StewardError } from "@steward/kernel";

/** The file is not of the form that the tool writes. */
export class SuiteFileError extends StewardError<"bad_file"> {
  constructor(message: string, options?: ErrorOptions) {
    super("bad_file", message, options);
  }
}

export interface SuiteFigure {
  readonly name: string;
  readonly metric: string;
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
  readonly n?: number;
}

export interface SuiteRun {
  readonly tool: { readonly name: string; readonly version: string | null };
  /** RFC 3339; null where the file does not say. */
  readonly startedAt: string | null;
  readonly results: readonly SuiteFigure[];
}

export type Data = Readonly<Record<string, unknown>>;

/** Of all cases together, whatever the tool calls them. */
export const ALL = "all cases";

/** The share of cases that passed; unknown where there was none. */
export function passRate(name: string, passed: number, n: number): SuiteFigure {
  return { name, metric: "passRate", value: n === 0 ? null : passed / n, n };
}

export function parseJson(text: string, what: string): Data {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SuiteFileError(`This is no JSON, so not ${what}.`, { cause });
  }
  const data = asData(value);
  if (data === undefined) throw new SuiteFileError(`This is not ${what}.`);
  return data;
}

export function asData(value: unknown): Data | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}

export function asRows(value: unknown): Data[] {
  return Array.isArray(value) ? value.map((one) => asData(one) ?? {}) : [];
}

export function asText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A count or a figure; undefined for what is no finite number. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A moment as the API takes it. Times without a zone are taken as UTC, which is how these tools write them. */
export function asInstant(value: unknown): string | null {
  const text = asText(value);
  if (text === null) return null;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const moment = new Date(zoned);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
