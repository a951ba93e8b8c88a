import { counted } from "@steward/kernel";
import { api } from "../../api.ts";
import { ImportDocument, type JsonDocument } from "./import-document.tsx";

/** For every system at once: a document says which components it is about. */
export function ImportVulnerabilities() {
  return (
    <ImportDocument
      label="Import vulnerability data"
      what="a CycloneDX VEX, OSV records, or the output of osv-scanner, in JSON"
      isDocument={isAny}
      send={async (document) => api.importVulnerabilities({ body: { source: "Imported on screen", document } })}
      said={({ format, statements }) => `${format}, ${counted(statements, "statement")}`}
    />
  );
}

function isAny(document: JsonDocument): document is JsonDocument {
  return typeof document === "object";
}
