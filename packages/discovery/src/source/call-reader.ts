/** Finds the rules that a call fits, and where a client's calls really go. */
import type { Emission, Source } from "../rules/rule.ts";
import type { CallMatch, RuleBook } from "../rules/rule-book.ts";
import type { Kind } from "../types.ts";
import { HOLE } from "./ir.ts";
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
    return this.#book.callsAt(path).filter((match) => this.fits(match, fact));
  }

  /** True where the arguments are those that the rule asks for. */
  fits({ call }: CallMatch, fact: CallFact): boolean {
    if (call.needs.some((name) => !fact.named.has(name))) return false;
    if (call.when === undefined) return true;
    const { texts, sources } = call.when;
    return this.select(sources, fact, "", undefined).some((text) => texts.test(text));
  }

  select(sources: readonly Source[], fact: CallFact, path: string, pattern: RegExp | undefined): readonly string[] {
    return selectTexts(sources, fact, { linker: this.#linker, file: this.#file, path, pattern });
  }

  /** Looks from a call back to the constructor of its client, and of what the client was made from. */
  destination(fact: CallFact, value: Reference): Destination | undefined {
    let call: CallFact | undefined = fact;
    let reference: Value = value;
    for (let steps = 0; call !== undefined && reference.type === "reference" && steps < MAX_CLIENT_CHAIN; steps++) {
      const found = this.#destinationOf(call, pathOf(reference));
      if (found !== undefined) return found;
      call = reference.call;
      reference = call === undefined ? reference : this.#linker.resolve(call.callee, this.#file).value;
    }
    return undefined;
  }

  #destinationOf(call: CallFact, path: string): Destination | undefined {
    for (const match of this.matching(path, call)) {
      const [url] = this.select(match.call.baseUrl, call, path, undefined);
      const rule = url === undefined ? undefined : this.#book.host(url);
      if (rule !== undefined && rule.id !== match.rule.id) {
        return { provider: rule.provider, service: rule.service, endpoint: undefined };
      }
      // An address that is filled in from outside is usually the supplier's own, behind a variable.
      if (url !== undefined && rule === undefined && /^https?:\/\//.test(url) && !url.includes(`//${HOLE}`)) {
        return { provider: undefined, service: undefined, endpoint: endpointName(url) };
      }
      const { emits } = match.call;
      if (emits.length > 0 && emits.every(([kind]) => kind === "provider" || kind === "service")) {
        const provider = fixedText(emits, "provider") ?? match.rule.provider;
        return { provider, service: fixedText(emits, "service"), endpoint: undefined };
      }
    }
    return undefined;
  }
}

function fixedText(emits: readonly Emission[], kind: Kind): string | undefined {
  const source = emits.find(([emitted]) => emitted === kind)?.[1][0];
  return source?.from === "fixed" ? source.text : undefined;
}
