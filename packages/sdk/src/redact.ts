/** Redaction: what a policy says about content is done before anything is sent or written to disk. */
import type { Redaction, Treatment } from "./types.ts";

/** Content is the sender's: unless a policy says otherwise only its keyed hash leaves. */
const DEFAULTS: Redaction = { input: "hash", output: "hash" };

/** Longest content that a decision may carry. */
const CONTENT_MAX_CHARS = 50_000;

export type Fields = Record<string, unknown>;

/** A record as it waits in memory; its fields are a copy, because the host may go on changing its objects. */
export interface Entry {
  readonly fields: Fields;
  readonly input: string | undefined;
  readonly output: string | undefined;
  /** About how much memory it takes. */
  readonly chars: number;
}

export type Hash = (texts: readonly string[]) => readonly string[] | Promise<readonly string[]>;

/** A redacted record but for its hashes, which may take a while to compute. */
interface Plan {
  readonly texts: readonly string[];
  fill(hashes: readonly string[]): string;
}

export class Redactor {
  readonly #content: { input: Treatment; output: Treatment };
  readonly #paths: readonly (readonly [path: readonly string[], treatment: Treatment])[];

  constructor(policy: Redaction = {}) {
    const { input = "hash", output = "hash", ...others } = { ...DEFAULTS, ...policy };
    this.#content = { input, output };
    this.#paths = Object.entries(others)
      .filter(([, treatment]) => treatment !== "keep")
      .map(([path, treatment]) => [path.split("."), treatment]);
  }

  plan(entry: Entry): Plan {
    const { fields } = entry;
    const texts: string[] = [];
    const places: ((hash: string) => void)[] = [];
    const hashLater = (text: string, place: (hash: string) => void) => {
      texts.push(text);
      places.push(place);
    };
    for (const [path, treatment] of this.#paths) treat(fields, path, treatment, hashLater);
    for (const part of ["input", "output"] as const) this.#treatContent(fields, part, entry[part], hashLater);
    return {
      texts,
      fill(hashes) {
        for (const [i, place] of places.entries()) place(hashes[i] as string);
        return JSON.stringify(fields);
      },
    };
  }

  #treatContent(
    fields: Fields,
    part: "input" | "output",
    text: string | undefined,
    hashLater: (text: string, place: (hash: string) => void) => void,
  ): void {
    if (text === undefined || this.#content[part] === "drop") return;
    // What is too long for the server is hashed, so that the record is not refused for it.
    if (this.#content[part] === "keep" && text.length <= CONTENT_MAX_CHARS) {
      fields["content"] = { ...(fields["content"] as Fields | undefined), [part]: text };
      return;
    }
    hashLater(text, (hash) => (fields[`${part}Digest`] ??= `sha256:${hash}`));
  }
}

/** Drops or hashes what stands at a path; a `*` is every member, and a name may itself hold dots. */
function treat(
  parent: unknown,
  path: readonly string[],
  treatment: Treatment,
  hashLater: (text: string, place: (hash: string) => void) => void,
): void {
  if (typeof parent !== "object" || parent === null) return;
  const fields = parent as Fields;
  const [name = "", ...rest] = path.join(".") in fields ? [path.join(".")] : path;
  for (const key of name === "*" ? Object.keys(fields) : [name]) {
    const value = fields[key];
    if (value === undefined || value === null) continue;
    if (rest.length > 0) treat(value, rest, treatment, hashLater);
    else if (treatment === "drop") delete fields[key];
    else hashLater(asText(value), (hash) => (fields[key] = `sha256:${hash}`));
  }
}

/** Redacts a batch; answers at once where the hash does. */
export function redactAll(
  redactor: Redactor,
  entries: readonly Entry[],
  hash: Hash,
): readonly string[] | Promise<readonly string[]> {
  const plans = entries.map((entry) => redactor.plan(entry));
  const fill = (hashes: readonly string[]) => {
    let next = 0;
    return plans.map((plan) => plan.fill(hashes.slice(next, (next += plan.texts.length))));
  };
  const hashes = hash(plans.flatMap(({ texts }) => texts));
  return hashes instanceof Promise ? hashes.then(fill) : fill(hashes);
}

/** Content as the text that is hashed: a string as it is, anything else as JSON. */
export function asText(content: unknown): string {
  const text = typeof content === "string" ? content : (JSON.stringify(content) ?? String(content));
  return text.isWellFormed() ? text : text.toWellFormed();
}
