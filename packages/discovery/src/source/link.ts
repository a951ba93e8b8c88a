/** Follows values across the files of a repository: a client made in one file, a model's name kept in another. */
import { MAX_RESOLUTION_STEPS } from "../limits.ts";
import type { Repository } from "../repo/repository.ts";
import type { SourceFacts } from "./fact-types.ts";
import { resolvePython, resolveScript } from "./modules.ts";
import { CALLED, memberOf, resultOf, UNKNOWN, type Reference, type Value } from "./values.ts";

/** A value, and the file that its relative imports are relative to. */
export interface Placed {
  readonly value: Value;
  readonly file: string;
}

/** Where a reference leads: a file, what is taken of it, and the names that are taken from there on. */
interface Target {
  readonly file: string;
  readonly name: string | undefined;
  readonly after: readonly string[];
  /** Set where the name is also that of a module, by its file. */
  readonly module?: string;
}

export class Linker {
  readonly #repository: Repository;
  readonly #facts: (file: string) => SourceFacts | undefined;
  /** True for a module that is not of this repository although a file of it has its name. */
  readonly #isForeign: (file: string, module: string) => boolean;

  /** `facts` reads a file on demand: one that holds no AI token may still hold the constant that a call uses. */
  constructor(
    repository: Repository,
    facts: (file: string) => SourceFacts | undefined,
    isForeign: (file: string, module: string) => boolean,
  ) {
    this.#repository = repository;
    this.#facts = facts;
    this.#isForeign = isForeign;
  }

  /** The value behind a reference to something that another file of the repository exports; others as they are. */
  resolve(value: Value, file: string, steps = 0): Placed {
    if (value.type !== "reference" || steps > MAX_RESOLUTION_STEPS) return { value, file };
    if (this.#isForeign(file, value.module)) return { value, file };
    const target = this.#target(value, file);
    if (target === undefined) return { value, file };
    const { name, after } = target;
    // A package may export what its module of the same name defines: `from .search import search`.
    const exported =
      this.#exported(target.file, name, steps) ??
      (target.module === undefined ? undefined : this.#exported(target.module, name, steps));
    if (exported === undefined) return { value: UNKNOWN, file };
    let at = exported;
    for (const step of after) {
      const next = step === CALLED ? resultOf(at.value, value.calls) : memberOf(at.value, step);
      at = this.resolve(next, at.file, steps + 1);
    }
    return at;
  }

  /** The file that a reference leads to, and the names that are taken from there on. */
  #target(reference: Reference, file: string): Target | undefined {
    if (!file.endsWith(".py") && !file.endsWith(".ipynb")) {
      const found = resolveScript(this.#repository, file, reference.module);
      const [name, ...after] = reference.trail;
      return found === undefined || found === file ? undefined : { file: found, name, after };
    }
    // `from app import config` and `import app.config` may both go on into a module's file.
    let module = reference.module;
    let rest = reference.trail;
    let found = resolvePython(this.#repository, file, module);
    let above: { readonly file: string; readonly name: string } | undefined;
    for (let step = rest[0]; step !== undefined && step !== CALLED; step = rest[0]) {
      const deeper = resolvePython(this.#repository, file, module.endsWith(".") ? module + step : `${module}.${step}`);
      if (deeper === undefined) break;
      above = found === undefined ? undefined : { file: found, name: step };
      module = module.endsWith(".") ? module + step : `${module}.${step}`;
      found = deeper;
      rest = rest.slice(1);
    }
    if (found === undefined || found === file) return undefined;
    const [name, ...after] = rest;
    const isModule = name === undefined || name === CALLED;
    return isModule && above !== undefined && above.file !== file
      ? { ...above, module: found, after: rest }
      : { file: found, name, after };
  }

  #exported(file: string, name: string | undefined, steps: number): Placed | undefined {
    const facts = name === undefined ? undefined : this.#facts(file);
    if (facts === undefined || name === undefined || steps > MAX_RESOLUTION_STEPS) return undefined;
    const own = facts.exports.get(name);
    if (own !== undefined) return this.resolve(own, file, steps + 1);
    for (const module of facts.reexports) {
      const through = this.resolve({ type: "reference", module, trail: [name], calls: [] }, file, steps + 1);
      if (through.value.type !== "reference" && through.value.type !== "unknown") return through;
      if (through.value.type === "reference" && through.value.module !== module) return through;
    }
    return undefined;
  }
}
