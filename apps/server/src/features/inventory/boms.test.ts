import { readFile } from "node:fs/promises";
import path from "node:path";

import type { BomComponent } from "@steward/contract";
import { MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { loadInventoryFacts } from "./inventory.facts.ts";
import { baseScore } from "./cvss.ts";
import { parseFeed } from "./vulnerabilities.parse.ts";

let app: TestApp;
let orgId: string;
let cookie: string;
let key: string;
let releases: string[];

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  ({ orgId, cookie } = founder);
  key = await app.makeKey(cookie, ["inventory:write", "records:read"]);
  const make = async (path: string, values: object) =>
    (await app.send("POST", path, { values }, { cookie })).body.id as string;
  const systemId = await make("/systems", { name: "Ranker", purpose: "x" });
  const release = async (version: string) =>
    make("/releases", {
      systemId,
      version,
      digest: `sha256:${version.replace(".", "").padEnd(64, "0")}`,
      changeClass: "major",
      modelKind: "trained",
      releasedAt: "2026-03-10T08:00:00Z",
    });
  releases = [await release("1.0"), await release("2.0")];
});
afterAll(async () => {
  await app?.close();
});

const bom = (...components: object[]) => ({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components });
const library = (name: string, version: string) => ({ type: "library", name, version });
const model = { type: "machine-learning-model", name: "ranker", modelCard: { modelParameters: { task: "ranking" } } };
const publish = (release: string | undefined, document: unknown) =>
  app.send("POST", `/releases/${release}/ai-bom`, { document }, { key });

describe("the AI-BOM of a release", () => {
  it("is stored with its digest, read again, and is the model card that the release carries", async () => {
    expect((await publish(releases[0], { bomFormat: "SPDX" })).body.errors[0].pointer).toBe("/document");
    expect((await publish(orgId, bom())).status).toBe(404);
    const bare = await publish(releases[0], bom({ ...model, modelCard: {} }));
    expect(bare.body).toMatchObject({ format: "CycloneDX 1.6", hasModelCard: false });
    const form = await publish(releases[0], bom({ ...model, modelCard: { modelParameters: { datasets: [] } } }));
    expect(form.body).toMatchObject({ hasModelCard: false });
    const made = await publish(releases[0], bom(model, library("torch", "2.1.0"), library("numpy", "1.26.0")));
    expect(made.body).toMatchObject({ hasModelCard: true });
    const read = await app.send("GET", `/releases/${releases[0]}/ai-bom`, undefined, { key });
    expect(read.body).toMatchObject({ id: made.body.id, digest: made.body.digest });
    expect(read.body.components).toHaveLength(3);
    const { modelCards } = await loadInventoryFacts(app.db, orgId, app.clock.now() + 1_000_000n);
    expect(modelCards).toMatchObject([{ releaseId: releases[0], evidence: { ledgerIndex: made.body.ledgerIndex } }]);
  });

  it("is compared with another release's", async () => {
    const changes = () =>
      app.send("GET", `/releases/${releases[1]}/ai-bom/changes?from=${releases[0]}`, undefined, { key });
    expect((await changes()).status).toBe(404);
    await publish(releases[1], bom(model, library("torch", "2.2.0"), library("jax", "0.4.0")));
    const { body } = await changes();
    expect(body).toMatchObject({ unchanged: 1 });
    expect(body.added.map(({ name }: { name: string }) => name)).toEqual(["jax"]);
    expect(body.removed.map(({ name }: { name: string }) => name)).toEqual(["numpy"]);
    expect(body.changed).toMatchObject([{ before: { version: "2.1.0" }, after: { version: "2.2.0" } }]);
  });
});

/** As cdxgen, k8s-aibom and the OWASP generator write them. */
const FOREIGN = path.join(import.meta.dirname, "../../../../../packages/discovery/test/boms");

describe("the AI-BOM of another tool", () => {
  const listed = async (document: object) => {
    await publish(releases[1], document);
    const read = await app.send("GET", `/releases/${releases[1]}/ai-bom`, undefined, { key });
    return read.body.components as BomComponent[];
  };
  const foreign = async (tool: string) => JSON.parse(await readFile(path.join(FOREIGN, `${tool}.json`), "utf8"));

  it("lists packages and models with their group, and services with their supplier", async () => {
    expect((await listed(await foreign("cdxgen"))).map(({ kind, name, provider }) => [kind, name, provider])).toEqual([
      ["library", "openai", null],
      ["library", "@ai-sdk/openai", null],
      ["library", "left-pad", null],
      ["machine-learning-model", "sentence-transformers/all-MiniLM-L6-v2", null],
      ["machine-learning-model", "gpt-4o", "openai"],
      ["service", "openai-service", "OpenAI"],
      ["service", "billing", null],
    ]);
    expect((await listed(await foreign("owasp"))).map(({ name }) => name)).toEqual(["acme/triage"]);
    expect(await listed(await foreign("k8s-aibom"))).toHaveLength(5);
  });

  it("keeps digest and licence, reads what is nested, and leaves out what it is about", async () => {
    const hashes = [{ alg: "SHA-256", content: "AB".repeat(32) }];
    const licenses = [{ license: { id: "MIT" } }, { license: { name: "Own" } }];
    const weights = { ...model, hashes, licenses, manufacturer: { name: "Acme" } };
    expect(await listed(bom(weights))).toMatchObject([
      { digest: `sha256:${"ab".repeat(32)}`, licence: "MIT, Own", provider: "Acme" },
    ]);
    const nested = { ...library("outer", "1"), components: [library("inner", "1")] };
    expect(await listed(bom(nested))).toMatchObject([{ name: "outer" }, { name: "inner" }]);
    // What the document is about is not a part of it, unless it is the model itself.
    const about = (component: object) => ({ ...bom(library("torch", "1")), metadata: { component } });
    expect(await listed(about({ type: "application", name: "shop" }))).toHaveLength(1);
    expect(await listed(about(model))).toHaveLength(2);
  });
});

describe("vulnerability data", () => {
  const osv = (id: string, more: object = {}) => ({
    id,
    severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
    affected: [{ package: { ecosystem: "PyPI", name: "torch" }, versions: ["2.1.0", "2.1.1"] }],
    ...more,
  });

  it("scores CVSS vectors as the specification's examples do", () => {
    expect(baseScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")).toBe(9.8);
    expect(baseScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N")).toBe(6.1);
    expect(baseScore("CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H")).toBe(7.8);
    expect(baseScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N")).toBe(0);
    expect(baseScore("CVSS:4.0/AV:N")).toBeUndefined();
  });

  it("is read from OSV records: named versions each, ranges as any version, withdrawn as not affected", () => {
    expect(parseFeed(osv("GHSA-1"))?.statements).toEqual([
      { id: "GHSA-1", component: "torch", version: "2.1.0", severity: "critical", state: "affected" },
      { id: "GHSA-1", component: "torch", version: "2.1.1", severity: "critical", state: "affected" },
    ]);
    const ranged = osv("GHSA-2", { severity: undefined, affected: [{ package: { name: "jax" }, ranges: [] }] });
    expect(parseFeed([ranged])?.statements).toMatchObject([{ version: null, severity: "unknown" }]);
    expect(parseFeed(osv("GHSA-3", { withdrawn: "2026-01-01T00:00:00Z" }))?.statements[0]?.state).toBe("not_affected");
    const moderate = osv("GHSA-4", { severity: [], database_specific: { severity: "MODERATE" } });
    expect(parseFeed(moderate)?.statements[0]?.severity).toBe("medium");
  });

  it("is read from osv-scanner for the version installed, and from CycloneDX VEX by its analysis", () => {
    const scanned = {
      results: [{ packages: [{ package: { name: "torch", version: "2.1.0" }, vulnerabilities: [osv("GHSA-5")] }] }],
    };
    expect(parseFeed(scanned)).toMatchObject({ format: "osv-scanner", statements: [{ version: "2.1.0" }] });
    const vex = {
      bomFormat: "CycloneDX",
      components: [
        { "bom-ref": "c1", name: "torch", version: "2.1.0" },
        {
          "bom-ref": "c2",
          group: "@langchain",
          name: "core",
          version: "0.3.0",
          purl: "pkg:npm/%40langchain/core@0.3.0",
        },
      ],
      vulnerabilities: [
        { id: "CVE-1", ratings: [{ severity: "critical" }], affects: [{ ref: "c1" }, { ref: "c2" }] },
        {
          id: "CVE-2",
          ratings: [{ severity: "high" }],
          analysis: { state: "not_affected" },
          affects: [{ ref: "urn:cdx:x/1#c1" }, { ref: "pkg:pypi/numpy@1.26.0" }],
        },
      ],
    };
    expect(parseFeed(vex)?.statements).toEqual([
      { id: "CVE-1", component: "torch", version: "2.1.0", severity: "critical", state: "affected" },
      { id: "CVE-1", component: "@langchain/core", version: "0.3.0", severity: "critical", state: "affected" },
      { id: "CVE-2", component: "torch", version: "2.1.0", severity: "high", state: "not_affected" },
      { id: "CVE-2", component: "numpy", version: null, severity: "high", state: "not_affected" },
    ]);
    expect(parseFeed({ hello: 1 })).toBeUndefined();
  });

  it("is imported as evidence: the newest statement holds, known since the first", async () => {
    const send = (document: unknown) =>
      app.send("POST", "/vulnerability-feeds", { source: "osv-scanner", document }, { key });
    expect((await send({ hello: 1 })).body.errors[0].pointer).toBe("/document");
    const first = await send([osv("GHSA-9")]);
    expect(first.body).toMatchObject({ format: "OSV", statements: 2 });
    app.clock.advance(3_600_000_000n);
    await send([osv("GHSA-9", { affected: [{ package: { name: "torch" }, versions: ["2.1.0"] }], withdrawn: "x" })]);
    const facts = await loadInventoryFacts(app.db, orgId, app.clock.now() + 1_000_000n);
    const states = facts.vulnerabilities.map(({ version, state }) => [version, state]);
    expect(states).toEqual([
      ["2.1.0", "not_affected"],
      ["2.1.1", "affected"],
    ]);
    expect(facts.vulnerabilities[0]?.knownSince).toBeLessThan(app.clock.now() - 3_000_000_000n);
    expect(facts.vulnerabilityFeeds).toHaveLength(1);
  });

  it("is listed by what uses it: what counts against the status first, with its deadline", async () => {
    const system = async (name: string) =>
      (await app.send("POST", "/systems", { values: { name, purpose: "x" } }, { cookie })).body.id as string;
    const [one, other] = [await system("Scorer"), await system("Sorter")];
    const declare = (systemId: string, name: string, version: string | null) =>
      app.send("POST", "/components", { values: { systemId, componentKind: "software", name, version } }, { cookie });
    await declare(one, "xgboost", "2.0.0");
    await declare(other, "XGBoost", "2.1.0");
    await declare(other, "lightgbm", null);
    const vex = (id: string, component: string, severity: string, state: string) => ({
      id,
      ratings: [{ severity }],
      analysis: { state },
      affects: [{ ref: component }],
    });
    const document = {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [
        { "bom-ref": "a", type: "library", name: "xgboost", version: "2.0.0" },
        { "bom-ref": "b", type: "library", name: "lightgbm", version: "4.0.0" },
        { "bom-ref": "c", type: "library", name: "nobody-uses-it", version: "1.0.0" },
      ],
      vulnerabilities: [
        vex("CVE-1", "b", "low", "exploitable"),
        vex("CVE-2", "a", "critical", "not_affected"),
        vex("CVE-3", "a", "critical", "exploitable"),
        vex("CVE-4", "c", "critical", "exploitable"),
      ],
    };
    const before = (await app.send("GET", "/vulnerabilities", undefined, { key })).body;
    const imported = await app.send("POST", "/vulnerability-feeds", { source: "supplier", document }, { key });
    const read = async (query = "") => (await app.send("GET", `/vulnerabilities${query}`, undefined, { key })).body;
    const listed = await read();
    expect(listed.feeds.map(({ source }: { source: string }) => source)).toEqual(["supplier", "osv-scanner"]);
    expect(listed.feeds[0]).toMatchObject({ statements: 4, ledgerIndex: imported.body.ledgerIndex });
    expect(listed.items).toMatchObject([
      { id: "CVE-3", component: "xgboost", version: "2.0.0", systems: [{ id: one, name: "Scorer" }] },
      { id: "CVE-1", severity: "low", state: "affected", fixBy: null, systems: [{ id: other, name: "Sorter" }] },
      { id: "CVE-2", severity: "critical", state: "not_affected", fixBy: null },
    ]);
    const [worst] = listed.items;
    expect(Date.parse(worst.fixBy) - Date.parse(worst.knownSince)).toBe(15 * 86_400_000);
    expect(worst.overdue).toBe(false);
    expect(listed.elsewhere).toBe(before.elsewhere + 1);
    expect((await read(`?systemId=${other}`)).items).toMatchObject([{ id: "CVE-1" }]);
    app.clock.advance(15n * MICROS_PER_DAY);
    expect((await read()).items[0]).toMatchObject({ id: "CVE-3", overdue: true });
  });
});
