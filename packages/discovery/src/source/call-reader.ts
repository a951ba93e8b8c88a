/** Finds the rules that a call fits, and where a client's calls really go. */
import type { Emission, Source } from "../rules/rule.ts";
import type { CallMatch, RuleBook } from "../rules/rule-book.ts";
import type { Kind } from "../types.ts";
import { HOLE } from "./ir.ts";
import { modelNameOf } from "./lexical-digest.ts";
import type { Linker } from "./link.ts";
import { endpointName } from "./names.ts";
import { selectTexts } from "./select.ts";
import { pathOf, type CallFact, type Reference, type Value } from "./values.ts";

/** How many wrapped clients are looked through for the one that says where calls go. */
const MAX_CLIENT_CHAIN = 8;

/** Where the client of a call was pointed to, when that is not the supplier of its own package. */
export interface Destination {
  readonly provider: string | undefined;
  readonly service: string | undefined;
  /** Set for an address that no rule knows. */
  readonly endpoint: string | undefined;
}

export class CallReader {
  readonly #book: RuleBook;
  readonly #linker: Linker;
  readonly #file: string;

  constructor(book: RuleBook, linker: Linker, file: string) {
    this.#book = book;
    this.#linker = linker;
    this.#file = file;
  }

  /** The rules that a call to this path fits, arguments included. */
  matching(path: string, fact: CallFact): readonly CallMatch[] {
    const matches = this.#book.callsAt(path).filter((match) => this.fits(match, fact));
    // What a rule says of an argument goes before what it says of every call: a download of a data set is no model.
    const special = new Set(matches.flatMap(({ rule, call }) => (call.when === undefined ? [] : rule)));
    return matches.filter(({ rule, call }) => call.when !== undefined || !special.has(rule));
  }

  /** True where the arguments are those that the rule asks for. */
  fits({ call }: CallMatch, fact: CallFact): boolean {
    if (call.needs.some((name) => !fact.named.has(name))) return false;
    if (call.when === undefined) return true;
    const { texts, sources } = call.when;
    return this.select(sources, fact, "", undefined).some((text) => texts.test(text));
  }

  select(sources: readonly Source[], fact: CallFact, path: string, pattern: RegExp | undefined): readonly string[] {
    const modelOf = (constant: string): string | undefined => this.#book.model(modelNameOf(constant))?.name;
    return selectTexts(sources, fact, { linker: this.#linker, file: this.#file, path, pattern, modelOf });
  }

  /**
   * Looks from a call back to the constructor of its client, and of what the client was made from. Several answers
   * where a condition chooses between clients; `undefined` among them stands for the supplier of the package.
   */
  destinations(fact: CallFact, value: Reference): readonly (Destination | undefined)[] {
    const found = this.#look(fact, value, 0);
    const seen = new Map(found.map((destination) => [JSON.stringify(destination ?? null), destination]));
    return [...seen.values()];
  }

  #look(call: CallFact, value: Value, steps: number): readonly (Destination | undefined)[] {
    if (value.type !== "reference" || steps > MAX_CLIENT_CHAIN) return [undefined];
    const own = this.#destinationOf(call, pathOf(value));
    if (own !== undefined || value.calls.length === 0) return [own];
    return value.calls.flatMap((earlier) =>
      this.#look(earlier, this.#linker.resolve(earlier.callee, this.#file).value, steps + 1),
    );
  }

  #destinationOf(call: CallFact, path: string): Destination | undefined {
    for (const match of this.matching(path, call)) {
      const found = this.#addressed(match, call, path);
      if (found !== undefined) return found;
      const { emits } = match.call;
      if (emits.length > 0 && emits.every(([kind]) => kind === "provider" || kind === "service")) {
        const provider = fixedText(emits, "provider") ?? match.rule.provider;
        return { provider, service: fixedText(emits, "service"), endpoint: undefined };
      }
    }
    return undefined;
  }

  /** Where the address that a client is given leads. */
  #addressed(match: CallMatch, call: CallFact, path: string): Destination | undefined {
    const urls = this.select(match.call.baseUrl, call, path, undefined);
    const url = urls.find((text) => /^https?:\/\//.test(text)) ?? urls[0];
    if (url === undefined) return undefined;
    const rule = AZURE_VARIABLE.test(url) ? this.#book.rule("azure-openai") : this.#book.host(url);
    if (rule !== undefined) {
      if (rule.id === match.rule.id) return undefined;
      return { provider: rule.provider, service: rule.service, endpoint: undefined };
    }
    // An address that is filled in from outside is usually the supplier's own, behind a variable.
    if (!/^https?:\/\/[^$]/.test(url) || url.includes(`//${HOLE}`)) return undefined;
    return { provider: undefined, service: undefined, endpoint: endpointName(url) };
  }
}

/** An address that a variable holds: its name may tell whose it is. */
const AZURE_VARIABLE = /^\$\{\w*AZURE/;

function fixedText(emits: readonly Emission[], kind: Kind): string | undefined {
  const source = emits.find(([emitted]) => emitted === kind)?.[1][0];
  return source?.from === "fixed" ? source.text : undefined;
}
