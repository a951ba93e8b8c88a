/**
 * Models of an MLflow registry: the answer of `GET /api/2.0/mlflow/registered-models/search`. Versions that serve
 * (an alias points to them, or their stage is Production or Staging) are kept; of the others nobody says that they run.
 */
import { UsageError } from "../usage.ts";
import { instant, type Json, list, merge, object, type Sighting, text } from "./sighting.ts";

const SERVING_STAGES: ReadonlySet<string> = new Set(["Production", "Staging"]);

/** @throws UsageError where the file is no list of registered models. */
export function readMlflow(document: unknown): Sighting[] {
  const { registered_models: models } = object(document);
  // An empty registry answers an empty object.
  if (models === undefined && Object.keys(object(document)).length === 0) return [];
  if (!Array.isArray(models)) {
    throw new UsageError("This is no list of registered models: it has no registered_models.");
  }
  return merge(models.map(object).flatMap(servingVersions));
}

function servingVersions(model: Json): Sighting[] {
  const name = text(model["name"]);
  if (name === undefined) return [];
  const versions = list(model["latest_versions"]).map(object);
  const aliased = new Set(
    list(model["aliases"]).flatMap((alias) => {
      const version = object(alias)["version"];
      return typeof version === "string" || typeof version === "number" ? [String(version)] : [];
    }),
  );
  const staged = versions.filter((one) => SERVING_STAGES.has(text(one["current_stage"]) ?? ""));
  const serving = new Set([...aliased, ...staged.map((one) => String(one["version"]))]);
  return [...serving].flatMap((version) => {
    const known = versions.find((one) => String(one["version"]) === version);
    const at = instant(known?.["last_updated_timestamp"]) ?? instant(model["last_updated_timestamp"]);
    if (at === undefined) return [];
    const created = instant(known?.["creation_timestamp"]) ?? at;
    const seen = { count: 1, firstAt: created < at ? created : at, lastAt: at };
    return [{ provider: "self", model: name, version, digest: null, service: name, ...seen }];
  });
}
