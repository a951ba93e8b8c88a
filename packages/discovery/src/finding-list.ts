/** Collects the findings of one file. */
import type { RuleBook } from "./rules/rule-book.ts";
import type { Emission, Rule } from "./rules/rule.ts";
import { endpointName, hubFile, modelInAddress } from "./source/names.ts";
import type { Confidence, Finding, Kind } from "./types.ts";

export type FindingDetails = Partial<Pick<Finding, "version" | "ecosystem" | "provider" | "beside" | "servedFrom">>;

/** Stands for the supplier of what counts beside any: who searches the web need not do so for a model. */
export const ANY_SUPPLIER = "*";

export class FindingList {
  readonly file: string;
  readonly items: Finding[] = [];

  constructor(file: string) {
    this.file = file;
  }

  add(
    kind: Kind,
    name: string,
    line: number,
    detector: string,
    confidence: Confidence,
    details: FindingDetails = {},
  ): void {
    this.items.push({ kind, name, confidence, file: this.file, line, detector, ...details });
  }

  /** A variable that holds a key of an AI service; any other name is nothing. Its value is never looked at. */
  addCredential(book: RuleBook, name: string, line: number, confidence: Confidence): boolean {
    const rule = book.credential(name);
    if (rule === undefined) return false;
    const isShared = rule.sharedCredentials.includes(name);
    const details = { ...suppliedBy(rule.provider), ...(isShared ? { beside: rule.provider ?? ANY_SUPPLIER } : {}) };
    this.add("credential", name, line, `${rule.id}/credential`, confidence, details);
    return true;
  }

  /** What a rule says outright, whatever the arguments. */
  addFixed(emits: readonly Emission[], line: number, detector: string, confidence: Confidence): void {
    const provider = emits.find(([kind]) => kind === "provider")?.[1][0];
    for (const [kind, [source]] of emits) {
      if (source?.from !== "fixed") continue;
      const details = kind === "provider" || provider?.from !== "fixed" ? {} : suppliedBy(provider.text);
      this.add(kind, source.text, line, detector, confidence, details);
    }
  }

  /** An address of an AI service, and the service that answers there. */
  addAddress(book: RuleBook, url: string, line: number, confidence: Confidence): void {
    const file = hubFile(url);
    if (file !== undefined) {
      const details = file.kind === "model" ? suppliedBy("huggingface") : {};
      const kind = book.model(file.name)?.kind === "embedding" ? "embedding" : file.kind;
      this.add(kind, file.name, line, "huggingface-hub/file", confidence, details);
    }
    const rule = book.host(url);
    if (rule === undefined) return;
    const detector = `${rule.id}/host`;
    const name = endpointName(url);
    // `https://<your-resource>.openai.azure.com` is where a reader is to write an address, `{}` where code puts one in.
    if (
      !/[<>[\]\s]|^(?:\w+:\/\/)?[^/]*\{\}|your[-_]|\/\/(?:example(?:-\w+)?|my-?resource|my-?endpoint|resource|endpoint)\./i.test(
        name,
      )
    )
      this.add("endpoint", name, line, detector, confidence, suppliedBy(rule.provider));
    this.addTechnology(rule, line, detector, confidence);
    this.#addAskedModel(book, url, line, rule, confidence);
  }

  /** The model that an address asks: only one that is known, but for a hub, whose models have any name. */
  #addAskedModel(book: RuleBook, url: string, line: number, rule: Rule, confidence: Confidence): void {
    const name = modelInAddress(url);
    const known = name === undefined ? undefined : book.model(name);
    const isOfHub = rule.provider === "huggingface" && name?.includes("/") === true;
    if (known !== undefined)
      this.add(known.kind, known.name, line, `${rule.id}/host`, confidence, suppliedBy(known.maker));
    else if (name !== undefined && isOfHub)
      this.add("model", name, line, `${rule.id}/host`, confidence, suppliedBy("huggingface"));
  }

  /** The supplier, the service and the vector store for which a rule stands. */
  addTechnology(rule: Rule, line: number, detector: string, confidence: Confidence): void {
    if (rule.provider !== undefined) this.add("provider", rule.provider, line, detector, confidence);
    if (rule.service !== undefined)
      this.add("service", rule.service, line, detector, confidence, suppliedBy(rule.provider));
    if (rule.vectorStore !== undefined) this.add("vector_store", rule.vectorStore, line, detector, confidence);
  }
}

/** The detail that names a supplier, where there is one. */
export function suppliedBy(provider: string | undefined): FindingDetails {
  return provider === undefined ? {} : { provider };
}
