/** Tells which packages a file's imports are of. */
import type { Repository } from "../repo/repository.ts";
import type { Ecosystem } from "../rules/rule.ts";
import type { PackageMatch, RuleBook } from "../rules/rule-book.ts";
import type { SourceFacts } from "./fact-types.ts";
import type { ImportFact } from "./ir.ts";

/** The imports; where Python imports a package's module by name (`from google import genai`), that module. */
export function importedModules({ language, imports }: SourceFacts, book: RuleBook): readonly ImportFact[] {
  if (language !== "python") return imports;
  return imports.flatMap((fact) => {
    if (book.packagesOfModule("pypi", fact.module).length > 0) return [fact];
    return [fact, ...fact.names.map((name) => ({ module: `${fact.module}.${name}`, names: [], line: fact.line }))];
  });
}

/** Of several packages with one module the declared one; for a namespace the longest declared name. */
export function bestPackage(
  module: string,
  matches: readonly PackageMatch[],
  ecosystem: Ecosystem,
  repository: Repository,
  book: RuleBook,
): PackageMatch {
  const declared = matches.find(({ name }) => repository.declares(ecosystem, name));
  const best = declared ?? (matches[0] as PackageMatch);
  if (ecosystem !== "pypi") return best;
  const segments = module.replaceAll("_", "-").split(".");
  for (let length = segments.length; length > 1; length--) {
    const name = segments.slice(0, length).join("-");
    const named = repository.declares("pypi", name) ? book.packageNamed("pypi", name) : undefined;
    // `llama_index.llms.openai` is of the package llama-index-llms-openai; a package with a module of its own is not meant.
    if (named !== undefined && named.package.modules.length === 0) return { ...named, name };
  }
  return best;
}
