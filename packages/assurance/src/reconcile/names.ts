/** When two names mean the same thing: spelling is forgiven, meaning never guessed. */

/** The name without what people and tools write differently: case, and the kind of separator. */
export function normalName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, "-");
}

/** Which part of a system's resources a scanned kind belongs to; undefined for traces that are no component themselves. */
export function resourceOf(scanKind: string): Resource | undefined {
  return RESOURCE_OF_KIND[scanKind];
}

export type Resource = "model" | "data" | "software" | "service";

// Prompts, endpoints, credentials and pipeline steps show that a component is used; they are none.
const RESOURCE_OF_KIND: Readonly<Record<string, Resource | undefined>> = {
  package: "software",
  tool: "software",
  agent: "software",
  vector_store: "software",
  image: "software",
  provider: "service",
  service: "service",
  model: "model",
  model_file: "model",
  embedding: "model",
  dataset: "data",
};

/** An exact version, as a lock file holds it; a range can't be compared. */
export function isExactVersion(version: string | null): version is string {
  return version !== null && /^v?\d[\w.+-]*$/.test(version);
}

/** Versions compare by their text, without a leading v. */
export function normalVersion(version: string): string {
  return version
    .trim()
    .toLowerCase()
    .replace(/^v(?=\d)/, "");
}
