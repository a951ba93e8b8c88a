/** Loads the rule set that ships with the package. */
import { readdirSync, readFileSync } from "node:fs";

import { DiscoveryError } from "../error.ts";
import { parseModels, parseProviders, parseRules } from "./parse.ts";
import type { RuleSet } from "./rule.ts";
import { RuleBook } from "./rule-book.ts";

const RULES_DIRECTORY = new URL("../../rules/", import.meta.url);
const MODELS_FILE = "models.yaml";
const PROVIDERS_FILE = "providers.yaml";

let shipped: RuleBook | undefined;

/** The rules that ship with Steward, read once. Throws as parseRules where a rule file is wrong. */
export function shippedRules(): RuleBook {
  shipped ??= new RuleBook(loadRuleSet());
  return shipped;
}

function loadRuleSet(): RuleSet {
  const read = (file: string): string => readFileSync(new URL(file, RULES_DIRECTORY), "utf8");
  const files = readdirSync(RULES_DIRECTORY).filter((file) => file.endsWith(".yaml"));
  const rules = files
    .filter((file) => file !== MODELS_FILE && file !== PROVIDERS_FILE)
    .sort()
    .flatMap((file) => parseRules(file, read(file)));
  const providers = parseProviders(PROVIDERS_FILE, read(PROVIDERS_FILE));
  const models = parseModels(MODELS_FILE, read(MODELS_FILE));
  checkReferences({ rules, models, providers });
  return { rules, models, providers };
}

/** A rule is named once, and names only suppliers that exist. */
function checkReferences({ rules, models, providers }: RuleSet): void {
  const known = new Set(providers.map((provider) => provider.id));
  const seen = new Set<string>();
  for (const rule of rules) {
    if (seen.has(rule.id)) throw new DiscoveryError("bad_rule", `There are two rules ${rule.id}.`);
    seen.add(rule.id);
    const emitted = [...rule.packages, ...rule.calls, ...rule.imports, ...rule.code].flatMap((call) =>
      call.emits
        .filter(([kind]) => kind === "provider")
        .flatMap(([, sources]) => sources.flatMap((source) => (source.from === "fixed" ? [source.text] : []))),
    );
    for (const id of [...emitted, ...(rule.provider === undefined ? [] : [rule.provider])]) {
      if (!known.has(id)) throw new DiscoveryError("bad_rule", `${rule.id} names the unknown provider ${id}.`);
    }
  }
  for (const model of models) {
    if (!known.has(model.maker))
      throw new DiscoveryError("bad_rule", `models.yaml names the unknown provider ${model.maker}.`);
  }
}

/** The titles of suppliers, by the ids that findings carry. */
export function supplierTitles(): ReadonlyMap<string, string> {
  return new Map(shippedRules().set.providers.map(({ id, title }) => [id, title]));
}
