import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { breachesOf, importCycloneDx, parseConditions, shippedRules, type Component } from "../src/index.ts";
import { parsePurl, purlOf } from "../src/bom/purl.ts";

function imported(name: string): ReturnType<typeof importCycloneDx> {
  const text = readFileSync(new URL(`boms/${name}`, import.meta.url), "utf8");
  return importCycloneDx(text, name, shippedRules());
}

const told = (components: readonly Component[]): string[] =>
  components.map(({ kind, name, version, provider, confidence }) =>
    [kind, name, version, provider, confidence].filter((part) => part !== undefined).join(" "),
  );

describe("import of bills of materials", () => {
  test("k8s-aibom: a workload's runtime, image, weights and model, each once", () => {
    const bom = imported("k8s-aibom.json");
    expect(bom.tools).toEqual(["k8s-aibom"]);
    expect(told(bom.components)).toEqual([
      "service vllm v0.8.0 inferred",
      "image vllm/vllm-openai v0.8.0 declared",
      "model_file weights declared",
      "model Qwen/Qwen2.5-7B-Instruct alibaba declared",
    ]);
    expect(bom.components[3]?.evidence.map(({ detector }) => detector)).toEqual([
      "spec.template.spec.containers[0].args(--model)",
      "spec.template.spec.containers[0].env(HF_MODEL_ID)",
    ]);
  });

  test("cdxgen: AI packages without the others, models with their places, services with their addresses", () => {
    const bom = imported("cdxgen.json");
    expect(bom.subject).toEqual({ name: "helpdesk", version: "2.0.0" });
    expect(told(bom.components)).toEqual([
      "package openai 6.1.0 declared",
      "package @ai-sdk/openai 3.0.1 declared",
      "embedding sentence-transformers/all-MiniLM-L6-v2 huggingface declared",
      "model gpt-4o openai declared",
      "service openai-service openai declared",
      "provider openai declared",
      "endpoint https://api.openai.com/v1 openai declared",
    ]);
    expect(bom.components[2]?.evidence).toEqual([{ file: "src/search.py", line: 12, detector: "bom/import" }]);
    expect(bom.components[3]?.evidence).toEqual([{ file: "src/chat.ts", line: 7, detector: "bom/import" }]);
  });

  test("the OWASP generator: the model and the data that it was trained on", () => {
    expect(told(imported("owasp.json").components)).toEqual([
      "model acme/triage 1.0 huggingface declared",
      "dataset tickets declared",
    ]);
  });

  test.each(["", "[]", '{"bomFormat":"SPDX"}', "<bom/>"])("%j is refused", (text) => {
    expect(() => importCycloneDx(text, "bom.json", shippedRules())).toThrow(
      expect.objectContaining({ code: "bad_document" }) as Error,
    );
  });

  test("a document of the wrong shapes inside is read as far as it goes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (components, services, metadata) => {
        const text = JSON.stringify({ bomFormat: "CycloneDX", components, services, metadata });
        expect(Array.isArray(importCycloneDx(text, "bom.json", shippedRules()).components)).toBe(true);
      }),
    );
  });
});

describe("package URLs", () => {
  test.each([
    ["package", "@ai-sdk/openai", "npm", "3.0.1", undefined, "pkg:npm/%40ai-sdk/openai@3.0.1"],
    ["package", "LangChain_Core", "pypi", undefined, undefined, "pkg:pypi/langchain-core"],
    ["package", "dev.langchain4j:langchain4j", "maven", "1.0", undefined, "pkg:maven/dev.langchain4j/langchain4j@1.0"],
    ["image", "ghcr.io/acme/vllm", undefined, "v1", undefined, "pkg:docker/acme/vllm@v1?repository_url=ghcr.io"],
    ["model", "acme/triage", undefined, undefined, "huggingface", "pkg:huggingface/acme/triage"],
    ["ci", "openai/codex-action", undefined, "v1", undefined, "pkg:githubactions/openai/codex-action@v1"],
    ["prompt", "CLAUDE.md", undefined, undefined, undefined, undefined],
  ] as const)("of %s %s", (kind, name, ecosystem, version, provider, expected) => {
    const named = { kind, name, ecosystem, version, provider };
    const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    expect(purlOf(given as unknown as Component)).toBe(expected);
  });

  test("are read back", () => {
    expect(parsePurl("pkg:npm/%40ai-sdk/openai@3.0.1")).toEqual({
      type: "npm",
      name: "@ai-sdk/openai",
      version: "3.0.1",
    });
    expect(parsePurl("pkg:maven/a.b/c@1?type=jar#x")).toEqual({ type: "maven", name: "a.b:c", version: "1" });
    expect(parsePurl("pkg:npm/%")).toBeUndefined();
    expect(parsePurl("npm/openai")).toBeUndefined();
  });
});

describe("conditions", () => {
  const model: Component = { kind: "model", name: "gpt-4o", confidence: "used", evidence: [] };
  const key: Component = { kind: "credential", name: "OPENAI_API_KEY", confidence: "used", evidence: [] };

  test("shadow is what neither the register nor the baseline has; without either, everything", () => {
    const names = (known: Parameters<typeof breachesOf>[2]): string[] =>
      breachesOf([model, key], ["shadow"], known).map(({ component: { name } }) => name);
    expect(names({ baseline: undefined, registered: undefined })).toEqual(["gpt-4o", "OPENAI_API_KEY"]);
    expect(names({ baseline: [model], registered: undefined })).toEqual(["OPENAI_API_KEY"]);
    expect(names({ baseline: [model], registered: ({ kind }) => kind === "credential" })).toEqual(["gpt-4o"]);
  });

  test("several are told apart", () => {
    expect(breachesOf([model, key], ["new", "credential"], { baseline: [key], registered: undefined })).toEqual([
      { component: model, conditions: ["new"] },
      { component: key, conditions: ["credential"] },
    ]);
  });

  test("new needs a baseline, and a word must be one", () => {
    expect(() => breachesOf([], ["new"], { baseline: undefined, registered: undefined })).toThrow(/--baseline/);
    expect(parseConditions(" shadow, credential,shadow ")).toEqual(["shadow", "credential"]);
    for (const text of ["", ",", "shadows"])
      expect(() => parseConditions(text)).toThrow(expect.objectContaining({ code: "bad_condition" }) as Error);
  });
});
