import { defineRegister } from "../define.ts";
import { choice, choices, date, integer, line, lines, optional, paragraphs, ref } from "../fields.ts";

const YES_NO = [
  { value: "undecided", label: "Not decided" },
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
] as const;

export const system = defineRegister({
  kind: "system",
  path: "systems",
  singular: "AI system",
  plural: "AI systems",
  description: "Every AI system that the organisation builds, sells or uses, in or out of scope.",
  emptyHint:
    "Register the first AI system: a name and a purpose are enough to start. Then connect it, and its evidence arrives by itself.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "lifecycle", "inScope", "riskTier", "ownerId"],
  unique: [["name"]],
  writePermission: "systems.write",
  defaults: {
    lifecycle: "inception",
    inScope: "undecided",
    agentic: "undecided",
    riskTier: "undetermined",
    aiActTier: "undetermined",
    aiRoles: [],
    inputs: [],
    outputs: [],
    trainingDataSources: [],
    affectedGroups: [],
    regions: [],
    interactsWithPeople: "undecided",
  },
  lifecycle: {
    field: "lifecycle",
    // A system that already runs when Steward arrives is registered in the stage it is in.
    initial: ["inception", "design", "build", "verify", "deploy", "operation", "retired"],
    transitions: {
      inception: ["design", "retired"],
      design: ["inception", "build", "retired"],
      build: ["design", "verify", "retired"],
      verify: ["build", "deploy", "retired"],
      deploy: ["verify", "operation", "retired"],
      operation: ["build", "verify", "deploy", "retired"],
      retired: [],
    },
  },
  rules: [
    { check: scopeDecision },
    {
      check: ({ aiRoles, aiRolesDecidedById, aiRolesDecidedOn }) => {
        if (aiRoles.length === 0) return undefined;
        if (aiRolesDecidedById === null)
          return { field: "aiRolesDecidedById", message: "Say who decided the AI roles." };
        if (aiRolesDecidedOn === null)
          return { field: "aiRolesDecidedOn", message: "Say when the AI roles were decided." };
        return undefined;
      },
    },
  ],
  fields: {
    name: line({
      section: "What it is",
      label: "Name",
      help: "What people call it.",
      example: "Wage band estimator",
      maxChars: 200,
    }),
    purpose: paragraphs({
      section: "What it is",
      label: "Purpose",
      help: "What it is for, for whom, and what it must not be used for.",
      example: "Estimates a pay band for a job offer. Not for dismissals or promotions.",
    }),
    inputs: lines({
      section: "What it is",
      label: "Inputs",
      help: "Kinds of data that a decision is made from.",
      example: "years of education",
    }),
    outputs: lines({
      section: "What it is",
      label: "Outputs",
      help: "What it answers.",
      example: "pay band: lower or upper",
    }),
    trainingDataSources: lines({
      section: "What it is",
      label: "Training data sources",
      help: "Where the data came from that it learned from.",
      example: "CPS 1985 wage sample, public domain",
    }),
    agentic: choice({
      section: "What it is",
      label: "Acts by itself (agent)",
      help: "Whether it calls tools or takes steps without a person in between.",
      choices: YES_NO,
    }),
    interactsWithPeople: choice({
      section: "What it is",
      label: "Talks to people directly",
      help: "Whether people meet its output without a person in between.",
      choices: YES_NO,
    }),
    supplier: optional(
      line({
        section: "What it is",
        label: "Supplier",
        help: "Who supplies it, or its main model. Leave empty when you build it.",
        example: "OpenAI",
      }),
    ),
    lifecycle: choice({
      section: "Where it stands",
      label: "Life cycle stage",
      help: "ISO/IEC 22989 stages.",
      choices: [
        { value: "inception", label: "Inception" },
        { value: "design", label: "Design" },
        { value: "build", label: "Build" },
        { value: "verify", label: "Verification" },
        { value: "deploy", label: "Deployment" },
        { value: "operation", label: "Operation" },
        { value: "retired", label: "Retired" },
      ],
    }),
    ownerId: optional(
      ref("person", { section: "Where it stands", label: "Owner", help: "Who answers for the system." }),
    ),
    aiRoles: choices({
      section: "Where it stands",
      label: "AI roles",
      help: "Your roles for this system. Clause 4.1 asks for at least one when it is in scope.",
      choices: [
        { value: "provider", label: "Provider", help: "Places it on the market or into service." },
        { value: "producer", label: "Producer", help: "Designs, develops, tests and deploys it." },
        { value: "customer", label: "Customer or user", help: "Uses what another supplies." },
        { value: "partner", label: "Partner", help: "Integrates, supplies data or evaluates." },
        { value: "subject", label: "Subject", help: "Is affected by it." },
        { value: "authority", label: "Relevant authority" },
      ],
    }),
    aiRolesDecidedById: optional(
      ref("person", { section: "Where it stands", label: "Roles decided by", help: "Who settled the roles." }),
    ),
    aiRolesDecidedOn: optional(
      date({
        section: "Where it stands",
        label: "Roles decided on",
        help: "Decide again when the purpose or the supplier changes.",
      }),
    ),
    inScope: choice({
      section: "Scope",
      label: "In scope of the management system",
      help: "Every system needs a decision; leaving one out needs a reason and an approver.",
      choices: [
        { value: "undecided", label: "Not decided" },
        { value: "yes", label: "In scope" },
        { value: "no", label: "Out of scope" },
      ],
    }),
    scopeReason: optional(paragraphs({ section: "Scope", label: "Reason", help: "Why it is in or out of scope." })),
    scopeApproverId: optional(
      ref("person", { section: "Scope", label: "Approved by", help: "Who approved leaving it out." }),
    ),
    scopeDecidedOn: optional(date({ section: "Scope", label: "Decided on", help: "Day of the scope decision." })),
    riskTier: choice({
      section: "Risk",
      label: "Risk tier",
      help: "Your own classification; the high tier has shorter review times.",
      choices: [
        { value: "undetermined", label: "Not determined" },
        { value: "low", label: "Low" },
        { value: "medium", label: "Medium" },
        { value: "high", label: "High" },
      ],
    }),
    aiActTier: choice({
      section: "Risk",
      label: "EU AI Act",
      help: "Outcome of the classification under the Act.",
      choices: [
        { value: "undetermined", label: "Not determined" },
        { value: "outside", label: "Act does not apply" },
        { value: "prohibited", label: "Prohibited practice" },
        { value: "high_risk", label: "High-risk" },
        { value: "transparency", label: "Transparency duties" },
        { value: "minimal", label: "Minimal risk" },
      ],
    }),
    affectedGroups: lines({
      section: "Risk",
      label: "People affected",
      help: "Groups of people whom its outputs touch.",
      example: "job applicants",
    }),
    regions: lines({
      section: "Risk",
      label: "Regions of use",
      help: "Countries or regions in which it is used.",
      example: "EU",
    }),
    retentionDays: optional(
      integer({
        section: "Decision log",
        label: "Decision log kept for (days)",
        help: "How long decisions are kept. Where high-risk duties apply the law asks for at least six months.",
        minimum: 1,
        maximum: 36_500,
      }),
    ),
    retentionRuleDays: optional(
      integer({
        section: "Decision log",
        label: "Own rule (days)",
        help: "The least time that your own policy or contract asks for. The log must be kept at least this long.",
        minimum: 1,
        maximum: 36_500,
      }),
    ),
  },
});

interface ScopeFields {
  inScope: string;
  scopeReason: string | null;
  scopeApproverId: string | null;
}

function scopeDecision({ inScope, scopeReason, scopeApproverId }: ScopeFields) {
  if (inScope !== "no") return undefined;
  if (scopeReason === null) return { field: "scopeReason", message: "Leaving a system out of scope needs a reason." };
  if (scopeApproverId === null)
    return { field: "scopeApproverId", message: "Leaving a system out of scope needs an approver." };
  return undefined;
}
