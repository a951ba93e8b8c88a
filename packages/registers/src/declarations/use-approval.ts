import { approvalLifecycle } from "../approval.ts";
import { defineRegister } from "../define.ts";
import { choice, date, line, lines, optional, paragraphs, ref } from "../fields.ts";

export const useApproval = defineRegister({
  kind: "use_approval",
  path: "use-approvals",
  singular: "Approval of use",
  plural: "Approvals of use",
  description: "Which AI services a system may use, for what, on whose approval and until when.",
  emptyHint:
    "Ask for the approval of each supplier whose AI services a system uses; another person approves it. Traffic to a supplier without one is shadow use.",
  schemaVersion: 1,
  title: "use",
  listed: ["use", "systemId", "services", "state", "validFrom", "validTo"],
  writePermission: "systems.write",
  defaults: { state: "requested" },
  lifecycle: approvalLifecycle("uses.approve"),
  rules: [
    {
      check: ({ services }) =>
        services.length === 0 ? { field: "services", message: "Name at least one supplier or service." } : undefined,
    },
    {
      check: ({ validFrom, validTo }) =>
        validTo !== null && validTo < validFrom
          ? { field: "validTo", message: "The last day comes before the first." }
          : undefined,
    },
    {
      check: ({ requestedById, approvedById, state }) => {
        if (state === "approved" && approvedById === null)
          return { field: "approvedById", message: "Say who approves it." };
        if (approvedById !== null && approvedById === requestedById)
          return { field: "approvedById", message: "Another person than the one who asked must approve." };
        return undefined;
      },
    },
  ],
  fields: {
    use: line({ label: "Use", help: "What it is used for.", example: "Summaries of support tickets" }),
    systemId: ref("system", { label: "AI system", help: "The system that uses it." }),
    services: lines({
      label: "Suppliers and services",
      help: "As scans and traffic name them.",
      example: "openai",
      maxChars: 100,
    }),
    conditions: optional(
      paragraphs({ label: "Conditions", help: "What it must not be used for, and which data must not reach it." }),
    ),
    requestedById: ref("person", { label: "Asked by", help: "Who asks for it." }),
    approvedById: optional(ref("person", { label: "Approved by", help: "Another person than the one who asked." })),
    state: choice({
      label: "State",
      help: "Only another person than the one who asked can approve.",
      choices: [
        { value: "requested", label: "Asked for" },
        { value: "approved", label: "Approved" },
        { value: "rejected", label: "Rejected" },
        { value: "revoked", label: "Revoked" },
      ],
    }),
    validFrom: date({ label: "From", help: "First day." }),
    validTo: optional(date({ label: "Until", help: "Last day. Leave empty where it holds until revoked." })),
  },
});
