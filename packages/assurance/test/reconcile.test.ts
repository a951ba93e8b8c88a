/** The laws of the reconciliation, and an example of each kind of finding. */
import { readFile } from "node:fs/promises";

import { addDays } from "@steward/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { FINDING_KINDS, normalName, reconcile, suppliersOf, unregisteredOf } from "../src/index.ts";
import type { Facts, Finding, ObservationFact, ReleaseFact } from "../src/index.ts";
import { release } from "./world-evaluations.ts";
import { component, disposition, found, goodInventoryOf, observation, scan } from "./world-inventory.ts";
import { changed, DAY, deployment, goodFacts, HOUR, NOW, system } from "./world.ts";
import { worlds } from "./worlds.ts";

const GRACE = { value: 10, unit: "days" };
const run = (facts: Facts, now = NOW) => reconcile(facts, { now, grace: GRACE });
const openKeys = (facts: Facts, now = NOW) =>
  run(facts, now)
    .findings.filter((finding) => finding.disposition === null)
    .map(({ key }) => key);

describe("laws of reconciliation", () => {
  it("every finding has a key of its own, a sentence, evidence and a deadline after its start", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const { findings, systems } = run(facts);
        expect(new Set(findings.map(({ key }) => key)).size).toBe(findings.length);
        expect(systems.map(({ systemId }) => systemId)).toEqual((facts.systems ?? []).map(({ id }) => id).toSorted());
        for (const { key, kind, message, evidence, since, dueAt } of findings) {
          expect(key.startsWith(`${kind}:`)).toBe(true);
          expect(Object.keys(FINDING_KINDS)).toContain(kind);
          expect(message).toMatch(/^\S.*\.$/);
          expect(evidence.length).toBeGreaterThan(0);
          expect(dueAt).toBe(addDays(since, 10, facts.organisation.timeZone));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the order of the facts carries no meaning", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const reversed = Object.fromEntries(
          Object.entries(facts).map(([name, value]) => [name, Array.isArray(value) ? value.toReversed() : value]),
        ) as unknown as Facts;
        expect(openKeys(reversed)).toEqual(openKeys(facts));
      }),
      { numRuns: 150 },
    );
  });

  it("seeing more never settles anything but silence", () => {
    // What becomes known now: a decision may cover what was known when it was made.
    const knownSince = NOW;
    const more = fc.constantFrom(
      observation(null, { id: "zz", service: "other", knownSince }),
      observation("s1", { id: "zz", lastSeenAt: NOW, knownSince }),
      observation("s2", { id: "zz", provider: "self", undeployed: true, version: "7", knownSince }),
    );
    fc.assert(
      fc.property(worlds, more, (facts, seen) => {
        const after = openKeys(changed(facts, { observations: [...(facts.observations ?? []), seen] }));
        for (const key of openKeys(facts)) if (!key.startsWith("silent:")) expect(after).toContain(key);
      }),
      { numRuns: 200 },
    );
  });

  it("declaring a component settles what was undeclared of that name and system, and nothing else of another system", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const undeclared = run(facts).findings.find(({ kind }) => kind === "undeclared");
        fc.pre(undeclared !== undefined);
        const { systemId, subject } = undeclared;
        const declared = component(systemId as string, subject.name, "software", { id: "new", version: null });
        const before = run(facts).findings;
        const after = run(changed(facts, { components: [...(facts.components ?? []), declared] })).findings;
        const gone = before.filter(({ key }) => !after.some((one) => one.key === key));
        expect(gone.map(({ key }) => key)).toContain(undeclared.key);
        for (const one of gone) {
          expect(one.systemId).toBe(systemId);
          expect(normalName(one.subject.name)).toBe(normalName(subject.name));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("nobody settles a finding alone, and a decision ends when it says", () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom("ada", null), (facts, approverId) => {
        const [open] = run(facts).findings.filter((finding) => finding.disposition === null);
        fc.pre(open !== undefined);
        const until = NOW + 3n * DAY;
        const decided = (approver: string | null) =>
          changed(facts, {
            dispositions: [
              ...(facts.dispositions ?? []),
              disposition(open.key, { requesterId: "ada", approverId: approver, at: NOW, until }),
            ],
          });
        expect(openKeys(decided(approverId))).toContain(open.key);
        expect(openKeys(decided("ben"))).not.toContain(open.key);
        const later = (moment: bigint) =>
          reconcile(decided("ben"), { now: moment, grace: GRACE }).findings.find(({ key }) => key === open.key);
        expect(later(until)?.disposition?.approverId ?? null).not.toBe("ben");
      }),
      { numRuns: 150 },
    );
  });

  it("a decision covers nothing that became known after it", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const shadow = run(facts).findings.find(({ kind, subject }) => kind === "shadow" && subject.kind === "scan");
        fc.pre(shadow !== undefined);
        const settled = changed(facts, {
          dispositions: [disposition(shadow.key, { kind: "not_ai", at: NOW, until: null })],
        });
        expect(openKeys(settled)).not.toContain(shadow.key);
        const source = shadow.subject.name;
        const [known] = (facts.scans ?? []).filter((one) => one.source === source && one.id === shadow.subject.id);
        const later = NOW + HOUR;
        const fresh = found("anthropic", "provider", { foundSince: later, versionSince: later });
        const grown = scan(null, { id: "zz", source, at: later, components: [...(known?.components ?? []), fresh] });
        const reopened = run(changed(settled, { scans: [...(facts.scans ?? []), grown] }), later + HOUR).findings;
        const finding = reopened.find(({ key }) => key === shadow.key) as Finding;
        expect(finding.disposition).toBeNull();
        expect(finding.since).toBe(later);
      }),
      { numRuns: 150 },
    );
  });
});

describe("what a pipeline is told of a scan", () => {
  it("is what stands open of it, and nothing where nothing does", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const { findings, systemOfSource } = run(facts);
        const open = findings.filter(({ disposition }) => disposition === null);
        for (const [source, systemId] of systemOfSource) {
          const newest = (facts.scans ?? [])
            .filter((one) => one.source === source)
            .toSorted((a, b) => (a.at < b.at ? -1 : 1));
          const one = newest.at(-1);
          if (one === undefined || newest.length > 1) continue;
          const told = unregisteredOf(facts, { now: NOW, grace: GRACE }, one);
          const stands = open.some(
            ({ kind, evidence }) =>
              (systemId === null ? kind === "shadow" : kind === "undeclared") &&
              evidence.some(({ kind: of, id }) => of === one.evidence.kind && id === one.evidence.id),
          );
          expect(told.length > 0, source).toBe(stands);
          if (systemId === null && stands) expect(told).toEqual(one.components);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a finding", () => {
  const facts = (change: Partial<Facts> = {}) => goodFacts(change);
  const kinds = (given: Facts) => run(given).findings.map(({ kind, subject }) => `${kind} ${subject.name}`);

  it("is none where everything is declared, found and seen", () => {
    expect(kinds(facts())).toEqual([]);
    expect(run(facts()).systems).toMatchObject([{ presence: "live", sources: ["repo-s1"] }]);
  });

  it("is shadow for code and traffic of no registered system, until it is attached", () => {
    const scans = [...goodInventoryOf("s1").scans, scan(null)];
    const observations = [...goodInventoryOf("s1").observations, observation(null)];
    expect(kinds(facts({ scans, observations }))).toEqual(["shadow service-nobody", "shadow repo-nobody"]);
    // Suppliers stand in the words as they call themselves.
    const named = run(facts({ scans: [scan(null, { components: [found("openai", "provider")] })], observations }));
    expect(named.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining("using OpenAI"),
      "repo-nobody uses OpenAI, and belongs to no registered AI system.",
    ]);
    const dispositions = [
      disposition("shadow:source:repo-nobody", { kind: "attach", systemId: "s1", until: null }),
      disposition("shadow:otlp:service-nobody", { kind: "attach", systemId: "s1", until: null }),
    ];
    expect(kinds(facts({ scans, observations, dispositions }))).toEqual([]);
    // A system that is no longer registered owns nothing.
    const gone = dispositions.map((one) => ({ ...one, systemId: "withdrawn" }));
    expect(kinds(facts({ scans, observations, dispositions: gone }))).toHaveLength(2);
  });

  it("is none for a service that bears the name of a system", () => {
    const observations = [observation(null, { service: "system_S1" })];
    expect(kinds(facts({ observations }))).toEqual([]);
  });

  it("is undeclared for what code or traffic of a system shows and its register does not", () => {
    const scans = [
      scan("s1", { components: [found("openai", "provider"), found("LangChain"), found("KEY", "credential")] }),
    ];
    const observations = [observation("s1", { model: "gpt-4o" })];
    expect(kinds(facts({ scans, observations }))).toEqual(["undeclared gpt-4o", "undeclared LangChain"]);
  });

  it("knows one supplier by its several names, and by those of the organisation's register", () => {
    const declaredBy = (supplier: string) => [
      component("s1", "Chat", "service", { supplier }),
      ...goodInventoryOf("s1").components.filter(({ kind }) => kind !== "service"),
    ];
    const using = (...names: string[]) => [
      scan("s1", { components: [found("scikit-learn"), ...names.map((name) => found(name, "provider"))] }),
    ];
    const seen = (supplier: string, provider: string, more: Partial<Facts> = {}) =>
      kinds(
        facts({
          components: declaredBy(supplier),
          scans: using(provider),
          observations: [observation("s1", { provider })],
          ...more,
        }),
      );
    expect(seen("Open AI", "openai")).toEqual([]);
    expect(seen("OpenAI, Inc.", "openai")).toEqual([]);
    expect(seen("AWS Bedrock", "aws")).toEqual([]);
    expect(seen("Microsoft Azure", "azure-openai")).toEqual([]);
    expect(seen("OpenAI", "azure-openai")).toEqual(["undeclared azure-openai"]);
    expect(seen("OpenAI", "llm-gateway")).toEqual(["undeclared llm-gateway"]);
    const alias = (name: string, supplier: string) => ({
      id: name,
      alias: name,
      supplier,
      evidence: component("s1", name, "service").evidence,
    });
    const supplierAliases = [alias("LLM Gateway", "Town gateway"), alias("town-gateway", "Open AI")];
    expect(seen("OpenAI", "llm_gateway", { supplierAliases })).toEqual([]);
    // A circle of names is no reason to stop, and a name of the register comes before one that is known.
    expect(seen("OpenAI", "a", { supplierAliases: [alias("a", "b"), alias("b", "a")] })).toEqual(["undeclared a"]);
    expect(seen("Reseller", "aws", { supplierAliases: [alias("aws", "Reseller")] })).toEqual([]);
    // Two names of one supplier are one thing to declare.
    expect(kinds(facts({ scans: using("openai", "mistral", "mistral-ai") }))).toEqual(["undeclared mistral"]);
  });

  it("suppliers are called as the scanner's rules call them", async () => {
    const rules = await readFile(new URL("../../discovery/rules/providers.yaml", import.meta.url), "utf8");
    const providers = parse(rules) as { id: string; title: string }[];
    const suppliers = suppliersOf({});
    expect(providers.map(({ id }) => suppliers.titleOf(id))).toEqual(providers.map(({ title }) => title));
    expect(providers.map(({ title }) => suppliers.keyOf(title))).toEqual(providers.map(({ id }) => id));
    expect(suppliers.titleOf("Azure OpenAI Service")).toBe("Microsoft Azure");
    expect(suppliers.titleOf("the shop around the corner")).toBe("the shop around the corner");
  });

  it("is version drift for a locked version that no record names; ranges are not compared", () => {
    const components = [
      component("s1", "torch", "software", { version: "2.1.0" }),
      ...goodInventoryOf("s1").components,
    ];
    const locked = (version: string) =>
      kinds(facts({ components, scans: [scan("s1", { components: [found("torch", "package", { version })] })] }));
    expect(locked("2.2.0")).toEqual(["version_drift torch"]);
    expect(locked("v2.1.0")).toEqual([]);
    expect(locked("^2.2")).toEqual([]);
  });

  it("is version drift for a release that ran undeployed", () => {
    const observations = [
      ...goodInventoryOf("s1").observations,
      observation("s1", { id: "o2", source: "decision_log", provider: "self", version: "0.9", undeployed: true }),
    ];
    expect(kinds(facts({ observations }))).toEqual(["version_drift System s1"]);
  });

  it("is version drift for an image whose digest is that of no release deployed when it was seen", () => {
    const [is, was, other] = ["a", "b", "c"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
    const releases = [release("s1", { digest: is })];
    const image = (digest: string | null, change: Partial<ObservationFact> = {}) =>
      observation("s1", {
        id: `image-${digest}`,
        source: "kubernetes",
        provider: "self",
        service: "shop/bot",
        digest,
        ...change,
      });
    const seen = (images: readonly ObservationFact[], more: Partial<Facts> = {}) =>
      kinds(facts({ releases, observations: [...goodInventoryOf("s1").observations, ...images], ...more }));
    expect(seen([image(is)])).toEqual([]);
    expect(seen([image(other)])).toEqual(["version_drift System s1"]);
    expect(seen([image(null)])).toEqual([]);
    // What ran before the newest look is history; two versions at once are both looked at.
    expect(seen([image(other, { lastSeenAt: NOW - 5n * HOUR }), image(is)])).toEqual([]);
    expect(seen([image(other), image(is)])).toEqual(["version_drift System s1"]);
    // Before the release went live, another one's image was right.
    const deployments = [
      deployment("s1", { id: "d0", releaseId: "s1-r0", to: NOW - HOUR }),
      deployment("s1", { id: "d1", from: NOW - HOUR }),
    ];
    const before = image(was, { lastSeenAt: NOW - 2n * HOUR });
    const both = [...releases, release("s1", { id: "s1-r0", digest: was })];
    expect(seen([before], { releases: both, deployments })).toEqual([]);
    // Nothing is said of a system of which no release is known.
    expect(seen([image(other)], { releases: [] })).toEqual([]);
  });

  it("holds no image against the digest of a model file", () => {
    const [file, runs] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
    const image = observation("s1", { id: "image", source: "kubernetes", provider: "self", digest: runs });
    const observations = [...goodInventoryOf("s1").observations, image];
    const told = (artefactKind: ReleaseFact["artefactKind"], more: Partial<Facts> = {}) =>
      kinds(facts({ releases: [release("s1", { digest: file, artefactKind })], observations, ...more }));
    expect(told("image")).toEqual(["version_drift System s1"]);
    expect(told(null)).toEqual(["version_drift System s1"]);
    expect(told("model_file")).toEqual([]);
    expect(told("other")).toEqual([]);
    // A component with the same digest tells what it is of, though the release does not.
    const components = goodInventoryOf("s1").components.map((one) => ({ ...one, digest: file }));
    expect(told(null, { components })).toEqual([]);
  });

  it("is silent for a system in operation of which a week passed without a trace", () => {
    const quiet = [observation("s1", { lastSeenAt: NOW - 8n * DAY })];
    expect(kinds(facts({ observations: quiet }))).toEqual(["silent System s1"]);
    expect(run(facts({ observations: quiet })).findings[0]?.since).toBe(NOW - DAY);
    const listedOnly = [...quiet, observation("s1", { id: "o2", source: "mlflow", lastSeenAt: NOW })];
    expect(kinds(facts({ observations: listedOnly }))).toEqual(["silent System s1"]);
    const young = facts({
      systems: [system("s1", { lifecycle: "deploy" })],
      deployments: [deployment("s1", { from: NOW - 2n * DAY })],
      observations: [],
    });
    expect(run(young).systems).toMatchObject([{ presence: "unseen" }]);
  });

  it("is not silent before it was registered, however long it runs", () => {
    const systems = (registeredAt: bigint) => [system("s1", { lifecycleSince: NOW - 300n * DAY, registeredAt })];
    const late = facts({ systems: systems(NOW - 2n * DAY), observations: [] });
    expect(run(late).systems).toMatchObject([{ presence: "unseen" }]);
    const silent = run(facts({ systems: systems(NOW - 9n * DAY), observations: [] })).findings;
    expect(silent).toMatchObject([{ kind: "silent", since: NOW - 2n * DAY }]);
  });

  it("is retired but alive where anything is seen after retirement, and stands though it falls silent", () => {
    const systems = [system("s1", { lifecycle: "retired", lifecycleSince: NOW - 20n * DAY })];
    const given = facts({
      systems,
      deployments: [],
      observations: [observation("s1", { lastSeenAt: NOW - 19n * DAY })],
    });
    expect(kinds(given)).toEqual(["retired_alive System s1"]);
    expect(kinds(changed(given, { observations: [observation("s1", { lastSeenAt: NOW - 21n * DAY })] }))).toEqual([]);
    const decided = [disposition("retired_alive:s1", { at: NOW - 19n * DAY, until: null })];
    expect(openKeys(changed(given, { dispositions: decided }))).toEqual([]);
    const again = [observation("s1", { lastSeenAt: NOW - HOUR })];
    expect(openKeys(changed(given, { dispositions: decided, observations: again }))).toEqual(["retired_alive:s1"]);
  });

  it("goes when a newer scan of the same source no longer shows it", () => {
    const old = scan("s1", { id: "a", at: NOW - 5n * DAY, components: [found("torch")] });
    expect(kinds(facts({ scans: [old] }))).toEqual(["undeclared torch"]);
    const newer = scan("s1", { id: "b", components: [found("openai", "provider")] });
    expect(kinds(facts({ scans: [newer, old] }))).toEqual([]);
    const other = scan("s1", { id: "b", source: "elsewhere", components: [] });
    expect(kinds(facts({ scans: [other, old] }))).toEqual(["undeclared torch"]);
  });
});
