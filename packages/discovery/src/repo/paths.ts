/** What a path alone says: whether it is test code, third-party code or prose. */

/** Directories of other people's code, of build output and of tools' state: never the repository's own source. */
const FOREIGN_DIRECTORIES = new Set([
  ".git",
  ".hg",
  ".svn",
  ".eggs",
  ".gradle",
  ".ipynb_checkpoints",
  ".mypy_cache",
  ".next",
  ".nox",
  ".nuxt",
  ".pnpm-store",
  ".pytest_cache",
  ".ruff_cache",
  ".svelte-kit",
  ".terraform",
  ".tox",
  ".venv",
  ".yarn",
  "Carthage",
  "DerivedData",
  "Pods",
  "__pycache__",
  "__pypackages__",
  "bower_components",
  "dist",
  "jspm_packages",
  "node_modules",
  "site-packages",
  "third-party",
  "third_party",
  "thirdparty",
  "vendor",
  "venv",
]);

/** Version control's own directories: they say nothing to anybody, so not even their skipping is reported. */
const SILENT_DIRECTORIES = new Set([".git", ".hg", ".svn"]);

const TEST_DIRECTORY = new Set([
  "__fixtures__",
  "__mocks__",
  "__snapshots__",
  "__tests__",
  "cassettes",
  "cypress",
  "e2e",
  "e2e-tests",
  "fixture",
  "fixtures",
  "golden",
  "integration-tests",
  "integration_tests",
  "mock",
  "mocks",
  "snapshots",
  "spec",
  "specs",
  "test",
  "test-data",
  "test-fixtures",
  "test_data",
  "test_fixtures",
  "test_resources",
  "testdata",
  "testing",
  "testresources",
  "tests",
  "unit-tests",
  "unittests",
]);

/** Maven, Gradle and .NET give a test project a name of its own: `core-tests`, `Shop.UnitTests`, `androidTest`. */
const TEST_PROJECT =
  /(?:[.\-_](?:unit|integration|functional|e2e)?[.\-_]?tests?|[a-z](?:Tests|Test)|^(?:\w+[-_])?test(?:ing)?[-_]?(?:utils?|helpers?|support|sandbox))$/;

const TEST_FILE =
  /(?:^test_[^/]*\.py$|^tests?\.rs$|_test\.(?:py|go|rs|rb|exs|dart|[cm]?[jt]s)$|^conftest\.py$|^(?:setup|jest|vitest|pytest|playwright|cypress)[^/]*\.(?:config|setup)\.[cm]?[jt]s$|[.-](?:test|tests|vitest|spec|e2e|mock|mocks|fixture|fixtures|cy|test-utils|stories)(?:\.skip)?\.[cm]?[jt]sx?$|(?:Test|Tests|TestCase|IT|Spec)\.(?:java|kt|scala|cs|swift|groovy|php)$|_spec\.rb$|\.feature$|\.snap$)/;

/** Maven and Gradle keep tests beside this folder: what is called a test in it is part of the program. */
const MAIN_SOURCE = /(?:^|\/)src\/main\//;

export function isForeignDirectory(name: string): boolean {
  return FOREIGN_DIRECTORIES.has(name);
}

export function isSilentDirectory(name: string): boolean {
  return SILENT_DIRECTORIES.has(name);
}

/** True for a path of tests, mocks or fixtures: they speak of AI without using it. */
export function isTestPath(path: string): boolean {
  const segments = path.split("/");
  const file = segments.pop() as string;
  if (TEST_FILE.test(file) && !MAIN_SOURCE.test(path)) return true;
  return segments.some((segment) => TEST_DIRECTORY.has(segment.toLowerCase()) || TEST_PROJECT.test(segment));
}

/** True for source that by its name holds prompts: `prompts.ts`, `system_prompt.py`, `prompts/triage.py`. */
export function isPromptSource(path: string): boolean {
  return /(?:^|\/)(?:prompts?\/[^/]+|(?:[\w-]+[_.-])?prompts?(?:[_.-](?:builder|config|library|templates?|texts?))?)\.(?:py|[cm]?[jt]sx?|cs|go|java|kt|php|rb|rs|scala|swift)$/i.test(
    path,
  );
}

/** True for texts in the languages of an interface: they speak to people. */
export function isTranslation(path: string): boolean {
  return /(?:^|\/)(?:i18n|locales?|lang|translations?|messages)\//i.test(path);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function directoryOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at === -1 ? "" : path.slice(0, at);
}

/** The extension in lower case with its dot, or the empty string; `.env` has none. */
export function extensionOf(path: string): string {
  const name = baseName(path);
  const at = name.lastIndexOf(".");
  return at <= 0 ? "" : name.slice(at).toLowerCase();
}

/** Joins `/` paths and resolves `.` and `..`; undefined where the result leaves the repository. */
export function joinPath(...parts: readonly string[]): string | undefined {
  const segments: string[] = [];
  for (const segment of parts.join("/").split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}
