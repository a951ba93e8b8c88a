/** Writes openapi.json (OpenAPI 3.1) from the contract; with --check says whether the committed file is current. */
import { readFileSync, writeFileSync } from "node:fs";

import { openApiDocument } from "../apps/server/src/platform/http/openapi.ts";

const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
if (process.argv.includes("--check")) {
  const current = readFileSync("openapi.json", "utf8");
  if (current !== text) {
    process.stderr.write("openapi.json is not what the contract says: run npm run emit and commit it.\n");
    process.exit(1);
  }
} else {
  writeFileSync("openapi.json", text);
}
