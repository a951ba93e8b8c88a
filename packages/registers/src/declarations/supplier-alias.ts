import { defineRegister } from "../define.ts";
import { line, paragraphs } from "../fields.ts";

export const supplierAlias = defineRegister({
  kind: "supplier_alias",
  path: "supplier-aliases",
  singular: "Name of a supplier",
  plural: "Names of suppliers",
  description: "Names under which one supplier appears in code, traffic and records, and the supplier that is meant.",
  emptyHint:
    "Steward knows that AWS Bedrock is Amazon Web Services and that Open AI is OpenAI. Add the names that are yours: gateways, resellers, subsidiaries.",
  schemaVersion: 1,
  title: "alias",
  listed: ["alias", "supplier", "reason"],
  unique: [["alias"]],
  writePermission: "systems.write",
  rules: [
    {
      check: ({ alias, supplier }) =>
        alias.trim().toLowerCase() === supplier.trim().toLowerCase()
          ? { field: "supplier", message: "This is the same name; name the supplier that is meant." }
          : undefined,
    },
  ],
  fields: {
    alias: line({
      label: "Name",
      help: "As scans, traffic or records name it. Case and separators make no difference.",
      example: "llm-gateway",
      maxChars: 200,
    }),
    supplier: line({
      label: "Supplier",
      help: "Who is meant. It replaces what Steward assumes of this name.",
      example: "OpenAI",
      maxChars: 200,
    }),
    reason: paragraphs({
      label: "Reason",
      help: "How you know: a contract, the configuration of a gateway.",
      maxChars: 2000,
    }),
  },
});
