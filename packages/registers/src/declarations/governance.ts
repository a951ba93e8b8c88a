import { approvalLifecycle } from "../approval.ts";
import { defineRegister } from "../define.ts";
import { choice, date, line, number, optional, paragraphs, ref } from "../fields.ts";

export const parameter = defineRegister({
  kind: "parameter",
  path: "parameters",
  singular: "Parameter",
  plural: "Parameters",
  description: "Every number that a test uses: the product's default or your own value, with the reason.",
  emptyHint: "Parameters are made at set-up from the catalogue's defaults.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "value", "highTierValue", "unit"],
  unique: [["name"]],
  writePermission: "parameters.write",
  systemCreated: true,
  fields: {
    name: line({ label: "Name", help: "As the tests name it.", example: "LOG_COMPLETENESS", maxChars: 64 }),
    value: number({ label: "Value", help: "In the parameter's unit.", minimum: 0, maximum: 1_000_000 }),
    highTierValue: optional(
      number({
        label: "Value for the high tier",
        help: "Where a stricter value holds for high-tier systems.",
        minimum: 0,
        maximum: 1_000_000,
      }),
    ),
    unit: line({ label: "Unit", help: "Set by the catalogue.", maxChars: 40 }),
  },
});

export const exception = defineRegister({
  kind: "exception",
  path: "exceptions",
  singular: "Exception",
  plural: "Exceptions",
  description: "Approved, time-limited departures from a control. Clauses cannot have one.",
  emptyHint:
    "Ask for an exception only when a control cannot be met for a while; another person approves it, and it ends by itself.",
  schemaVersion: 1,
  title: "controlId",
  listed: ["controlId", "state", "validFrom", "validTo", "requestedById", "approvedById"],
  writePermission: "exceptions.request",
  defaults: { state: "requested" },
  lifecycle: approvalLifecycle("exceptions.approve"),
  rules: [
    {
      check: ({ validFrom, validTo }) =>
        validTo < validFrom ? { field: "validTo", message: "The last day comes before the first." } : undefined,
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
    controlId: line({
      label: "Control",
      help: "Number of the Annex A control.",
      example: "A.6.2.8",
      maxChars: 12,
      pattern: /^A\.\d{1,2}(\.\d{1,2}){1,3}$/,
      patternHelp: "Give the number of an Annex A control, for example A.6.2.8.",
    }),
    justification: paragraphs({ label: "Why", help: "Why the control cannot be met, and for how long." }),
    compensation: paragraphs({ label: "What is done instead", help: "Measures that hold the risk down meanwhile." }),
    requestedById: ref("person", { label: "Asked by", help: "Who asks for it." }),
    approvedById: optional(
      ref("person", {
        label: "Approved by",
        help: "Top management, or the person who sees that the management system meets the standard.",
      }),
    ),
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
    validTo: date({ label: "Until", help: "Last day; it ends by itself." }),
  },
});

export const evaluationException = defineRegister({
  kind: "evaluation_exception",
  path: "evaluation-exceptions",
  singular: "Accepted evaluation",
  plural: "Accepted evaluations",
  description:
    "Failed evaluations that are accepted for a while, with what is done meanwhile. Another person approves.",
  emptyHint:
    "A failed evaluation asks for a better release or a rollback. Accept it only for a short time, with a measure that holds the harm down.",
  schemaVersion: 1,
  title: "summary",
  listed: ["summary", "systemId", "state", "validTo", "requestedById", "approvedById"],
  writePermission: "exceptions.request",
  defaults: { state: "requested" },
  lifecycle: approvalLifecycle("exceptions.approve"),
  rules: [
    {
      check: ({ validFrom, validTo }) =>
        validTo < validFrom ? { field: "validTo", message: "The last day comes before the first." } : undefined,
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
    summary: line({ label: "What is accepted", help: "In a few words.", example: "Thin group, review by a person" }),
    systemId: ref("system", { label: "AI system", help: "The system whose release failed." }),
    evaluationId: line({
      label: "Evaluation",
      help: "Id of the failed evaluation; every failure of its release under the same policy is covered.",
      maxChars: 36,
      pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      patternHelp: "Give the id of an evaluation, as its page shows it.",
    }),
    justification: paragraphs({ label: "Why", help: "Why it cannot be mended at once, and for how long." }),
    mitigation: paragraphs({ label: "What is done meanwhile", help: "Measures that hold the harm down." }),
    requestedById: ref("person", { label: "Asked by", help: "Who asks for it." }),
    approvedById: optional(
      ref("person", {
        label: "Approved by",
        help: "Top management, or the person who sees that the management system meets the standard.",
      }),
    ),
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
    validTo: date({ label: "Until", help: "Last day; the policy may allow fewer days than you ask for." }),
  },
});

export const soaLine = defineRegister({
  kind: "soa_line",
  path: "soa-lines",
  singular: "Applicability line",
  plural: "Statement of applicability",
  description:
    "For each Annex A control, and each control of your own: does it apply, why, and how far is it in place.",
  emptyHint:
    "Decide the 38 controls of Annex A one by one. Leaving one out needs a reason that the inventory does not contradict.",
  schemaVersion: 1,
  title: "controlId",
  listed: ["controlId", "applicable", "implementationState", "justification"],
  unique: [["controlId"]],
  writePermission: "soa.write",
  rules: [
    {
      check: ({ applicable, justification }) =>
        applicable !== "undecided" && justification === null
          ? { field: "justification", message: "Give the reason for the decision." }
          : undefined,
    },
    {
      check: ({ applicable, implementationState }) =>
        applicable === "yes" && implementationState === null
          ? { field: "implementationState", message: "Say how far the control is in place." }
          : undefined,
    },
  ],
  fields: {
    controlId: line({
      label: "Control",
      help: "Number of an Annex A control, or your own number starting with OWN-.",
      example: "A.6.2.8",
      maxChars: 40,
      pattern: /^(A\.\d{1,2}(\.\d{1,2}){1,3}|OWN-[A-Z0-9.-]{1,32})$/,
      patternHelp: "Give a control such as A.6.2.8, or your own as OWN-1.",
    }),
    applicable: choice({
      label: "Applies",
      help: "Whether the control applies to your organisation.",
      choices: [
        { value: "undecided", label: "Not decided" },
        { value: "yes", label: "Applies" },
        { value: "no", label: "Does not apply" },
      ],
    }),
    justification: optional(
      paragraphs({
        label: "Reason",
        help: "Why it applies or not. Facts of the inventory that contradict it will be shown.",
      }),
    ),
    implementationState: optional(
      choice({
        label: "In place",
        help: "How far it is in place. Tests check what you say here.",
        choices: [
          { value: "not_started", label: "Not started" },
          { value: "partly", label: "Partly" },
          { value: "fully", label: "Fully" },
        ],
      }),
    ),
    implementation: optional(paragraphs({ label: "How", help: "How the control is met, and where." })),
    ownTitle: optional(line({ label: "Title of own control", help: "Only for controls of your own." })),
    licensedCopy: optional(
      line({
        label: "Place in your licensed copy",
        help: "Where you keep the standard's wording; Steward holds none.",
        example: "Standards library, p. 27",
      }),
    ),
  },
});
