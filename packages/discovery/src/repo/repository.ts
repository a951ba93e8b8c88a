/** What is known of a repository as a whole: its files, its own packages, and what its manifests declare. */
import type { Ecosystem } from "../rules/rule.ts";
import { normalName } from "../rules/rule-book.ts";
import { directoryOf } from "./paths.ts";

/** Projects that show how a library is used are none, although they are published beside it. */
const SHOWS_USE = /example|sample|demo|tutorial|workshop|starter|template/i;

export class Repository {
  readonly #files = new Set<string>();
  readonly #directories = new Set<string>();
  readonly #declared = new Set<string>();
  readonly #ownNames = new Set<string>();
  readonly #npmProjects = new Map<string, string>();
  #declaresKnown: boolean | undefined;
  #ownsKnown: boolean | undefined;
  readonly #versions = new Map<string, Set<string>>();

  addFile(path: string): void {
    this.#files.add(path);
    for (let at = directoryOf(path); at !== "" && !this.#directories.has(at); at = directoryOf(at))
      this.#directories.add(at);
  }

  hasFile(path: string): boolean {
    return this.#files.has(path);
  }

  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  declare(ecosystem: Ecosystem, name: string): void {
    this.#declared.add(`${ecosystem}:${normalName(ecosystem, name)}`);
  }

  declares(ecosystem: Ecosystem, name: string): boolean {
    return this.#declared.has(`${ecosystem}:${normalName(ecosystem, name)}`);
  }

  /** True where a package is declared that is known to be of use for AI. Asked of every file, so answered once. */
  declaresKnown(isKnown: (ecosystem: Ecosystem, name: string) => boolean): boolean {
    this.#declaresKnown ??= [...this.#declared].some((entry) => isKnown(...packageOf(entry)));
    return this.#declaresKnown;
  }

  /** Notes a project of the repository itself: what it publishes is made here, not used from elsewhere. */
  addProject(ecosystem: Ecosystem, name: string, directory: string): void {
    this.#ownNames.add(`${ecosystem}:${normalName(ecosystem, name)}`);
    if (ecosystem === "npm") this.#npmProjects.set(name, directory);
  }

  isOwn(ecosystem: Ecosystem, name: string): boolean {
    return this.#ownNames.has(`${ecosystem}:${normalName(ecosystem, name)}`);
  }

  /** True where the repository itself is what others use for AI: a client's or a framework's library. */
  ownsKnown(isKnown: (ecosystem: Ecosystem, name: string) => boolean): boolean {
    this.#ownsKnown ??= [...this.#ownNames].some((entry) => !SHOWS_USE.test(entry) && isKnown(...packageOf(entry)));
    return this.#ownsKnown;
  }

  npmProject(name: string): string | undefined {
    return this.#npmProjects.get(name);
  }

  lock(ecosystem: Ecosystem, name: string, version: string): void {
    const key = `${ecosystem}:${normalName(ecosystem, name)}`;
    const known = this.#versions.get(key);
    if (known === undefined) this.#versions.set(key, new Set([version]));
    else known.add(version);
  }

  /** The version that lock files agree on; undefined where they name none, or several. */
  lockedVersion(ecosystem: Ecosystem, name: string): string | undefined {
    const versions = this.#versions.get(`${ecosystem}:${normalName(ecosystem, name)}`);
    return versions?.size === 1 ? [...versions][0] : undefined;
  }
}

/** The ecosystem and name of a package as they are kept together. */
function packageOf(entry: string): [ecosystem: Ecosystem, name: string] {
  const at = entry.indexOf(":");
  return [entry.slice(0, at) as Ecosystem, entry.slice(at + 1)];
}
