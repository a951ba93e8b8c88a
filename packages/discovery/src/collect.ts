/** Puts the findings of a scan together: one component per thing, with every place as evidence. */
import { componentKey, isEcosystem } from "./component-key.ts";
import { ANY_SUPPLIER } from "./finding-list.ts";
import type { Repository } from "./repo/repository.ts";
import { CONFIDENCES, KINDS, type Component, type Evidence, type Finding, type Kind } from "./types.ts";

/** A file that names more models than this is a catalogue of them. */
const MAX_NAMED_MODELS = 40;

/** Findings of these kinds, and instructions for coding agents, say nothing of what the software itself uses. */
const NO_SUPPORT = new Set(["ci"]);

/** The address of what a model is asked for: who writes it down calls it, wherever the request is sent. */
const ASKS_FOR =
  /\/(?:(?:chat\/)?completions|embeddings|messages|responses|images\/generations|audio\/(?:speech|transcriptions)|api\/(?:chat|generate))$|:(?:stream)?generateContent$/i;

/** What shows that a repository asks models, whatever else it searches or stores. */
const ASKS_MODELS = new Set(["agent", "model", "package", "provider", "service"]);

/**
 * The components of a repository. A weak finding stays only where a strong one stands beside it: without any, a text
 * like a model's name is a text.
 */
export function collectComponents(findings: readonly Finding[], repository: Repository): Component[] {
  const hasStrong =
    findings.some(
      ({ kind, name, confidence, detector }) =>
        (confidence !== "inferred" && !NO_SUPPORT.has(kind) && !detector.startsWith("coding-agents/")) ||
        (kind === "endpoint" && ASKS_FOR.test(name)),
    ) || namesWhomAndWhat(findings);
  const asksModels = findings.some(
    ({ kind, confidence, detector }) =>
      confidence !== "inferred" && ASKS_MODELS.has(kind) && !detector.startsWith("web-search-tools/"),
  );
  const suppliers = new Set(findings.flatMap((finding) => usedSupplier(finding) ?? []));
  const embeddings = new Set(findings.flatMap(({ kind, name }) => (kind === "embedding" ? name : [])));
  const catalogues = catalogueFiles(findings);
  const gateways = gatewayNames(findings);
  const served = servedNames(findings);
  const groups = new Map<string, Finding[]>();
  for (const raw of findings) {
    // What embeds in one place is an embedding where another place only knows that it is a model.
    const kind = raw.kind === "model" && embeddings.has(raw.name) ? "embedding" : raw.kind;
    const name = (isNamedModel(raw) && gateways.get(raw.name)) || served.get(raw) || raw.name;
    const finding: Finding = { ...raw, kind, name };
    if (finding.confidence === "inferred" && !hasStrong) continue;
    if (isOwnPackage(finding, repository) || (isNamedModel(finding) && catalogues.has(finding.file))) continue;
    const isBeside = finding.beside === ANY_SUPPLIER ? asksModels : suppliers.has(finding.beside ?? "");
    if (finding.beside !== undefined && !isBeside) continue;
    const key = componentKey(finding);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => toComponent(group, repository)).sort(compareComponents);
}

/** True where a file names a supplier's address and one of its models: together they are what a request is made of. */
function namesWhomAndWhat(findings: readonly Finding[]): boolean {
  const placesOf = (kind: Kind): string[] =>
    findings.flatMap((finding) =>
      finding.kind === kind && finding.provider !== undefined ? `${finding.file}#${finding.provider}` : [],
    );
  const addresses = new Set(placesOf("endpoint"));
  return placesOf("model").some((place) => addresses.has(place));
}

/**
 * The names by which gateways are asked for models, by the models' own: `anthropic/claude-…` is also the text of which
 * `claude-…` is read. What is asked for by its own name too stays apart.
 */
function gatewayNames(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const asked = findings
    .filter((finding) => finding.kind === "model" && !isNamedModel(finding))
    .map(({ name }) => name);
  const own = new Set(asked);
  return new Map(
    asked.flatMap((name): [string, string][] => {
      const model = name.slice(name.indexOf("/") + 1);
      return model === name || own.has(model) ? [] : [[model, name]];
    }),
  );
}

/**
 * The names under which a deployment serves agents, by what the source calls them: one is written down twice, once where
 * it is made. A file that makes one agent only is served by it, whatever the variable is called.
 */
function servedNames(findings: readonly Finding[]): ReadonlyMap<Finding, string> {
  const served = new Map(
    findings.flatMap(({ name, servedFrom }) => (servedFrom === undefined ? [] : [[servedFrom, name]])),
  );
  if (served.size === 0) return new Map();
  const names = new Map<Finding, string>();
  const made = findings.filter(({ kind, servedFrom }) => kind === "agent" && servedFrom === undefined);
  for (const [place, name] of served) {
    const [file, variable] = place.split("#");
    const here = made.filter((finding) => finding.file === file && finding.detector.endsWith("/call"));
    const isOnly = new Set(here.map((finding) => finding.name)).size === 1;
    for (const finding of here) if (isOnly || finding.name === variable) names.set(finding, name);
  }
  return names;
}

function isNamedModel({ detector, confidence }: Finding): boolean {
  return detector === "models/known-name" && confidence === "inferred";
}

/** Files that name so many models that they tell of models, and not which is used. */
function catalogueFiles(findings: readonly Finding[]): ReadonlySet<string> {
  const names = new Map<string, Set<string>>();
  for (const finding of findings) {
    if (!isNamedModel(finding)) continue;
    const known = names.get(finding.file) ?? new Set();
    names.set(finding.file, known.add(finding.name));
  }
  return new Set([...names].flatMap(([file, known]) => (known.size > MAX_NAMED_MODELS ? file : [])));
}

/** What a repository publishes itself is not something that it uses. */
function isOwnPackage({ kind, name, ecosystem }: Finding, repository: Repository): boolean {
  return kind === "package" && isEcosystem(ecosystem) && repository.isOwn(ecosystem, name);
}

function usedSupplier({ kind, name, provider, confidence, detector, beside }: Finding): string | undefined {
  const isAddress = kind === "endpoint" && detector.endsWith("/host");
  if ((confidence === "inferred" && !isAddress) || beside !== undefined) return undefined;
  return kind === "provider" ? name : provider;
}

function toComponent(group: readonly Finding[], repository: Repository): Component {
  const ranked = [...group].sort((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
  const { kind, name, ecosystem, confidence } = ranked[0] as Finding;
  const locked = isEcosystem(ecosystem) ? repository.lockedVersion(ecosystem, name) : undefined;
  const versions = new Set(group.flatMap((finding) => finding.version ?? []));
  const version = locked ?? (versions.size === 1 ? [...versions][0] : undefined);
  const provider = ranked.find((finding) => finding.provider !== undefined)?.provider;
  return {
    kind,
    name,
    ...(version === undefined ? {} : { version }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(provider === undefined ? {} : { provider }),
    confidence,
    evidence: evidenceOf(group),
  };
}

function evidenceOf(group: readonly Finding[]): Evidence[] {
  const seen = new Set<string>();
  const evidence: Evidence[] = [];
  for (const { file, line, detector } of group) {
    const key = `${file}\u0000${line}\u0000${detector}`;
    if (seen.has(key)) continue;
    seen.add(key);
    evidence.push({ file, line, detector });
  }
  return evidence.sort((a, b) => compare(a.file, b.file) || a.line - b.line || compare(a.detector, b.detector));
}

function compareComponents(a: Component, b: Component): number {
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compare(a.name, b.name) ||
    compare(a.ecosystem ?? "", b.ecosystem ?? "")
  );
}

/** By code points, whatever the machine's language: the same repository gives the same output everywhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
