/** Validators of the documents that the scanner writes, from the official schemas as npm packages ship them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Ajv, type ValidateFunction } from "ajv";
import AjvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";

import type { CycloneDxVersion } from "../src/index.ts";

const CYCLONEDX_FOLDER = new URL("res/schema/", import.meta.resolve("@cyclonedx/cyclonedx-library/package.json"));
const SARIF_SCHEMA = new URL("schemas/sarif-2.1.0-rtm.5.json", import.meta.resolve("@microsoft/jest-sarif"));

function parsed(url: URL): Record<string, unknown> {
  return JSON.parse(readFileSync(fileURLToPath(url), "utf8")) as Record<string, unknown>;
}

/** The validator of a version of CycloneDX. */
export function cycloneDxValidator(version: CycloneDxVersion): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // Two formats that ajv-formats lacks.
  ajv.addFormat("iri-reference", (text) => !/[\s<>"{}|\\^`]/.test(text));
  ajv.addFormat("idn-email", (text) => text.includes("@"));
  for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
    ajv.addSchema(
      parsed(new URL(`${name}.SNAPSHOT.schema.json`, CYCLONEDX_FOLDER)),
      `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
    );
  return ajv.compile(parsed(new URL(`bom-${version}.SNAPSHOT.schema.json`, CYCLONEDX_FOLDER)));
}

export function sarifValidator(): ValidateFunction {
  // The schema has a pattern that only the older form of regular expressions knows.
  const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  return ajv.compile(parsed(SARIF_SCHEMA));
}
