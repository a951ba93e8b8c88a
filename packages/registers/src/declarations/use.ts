import { defineRegister } from "../define.ts";
import { choice, date, instant, line, lines, number, optional, paragraphs, ref } from "../fields.ts";

/** What an envelope limits, and the attribute of a decision that says where it falls. */
export const USE_DIMENSIONS = {
  tasks: "task",
  userGroups: "user_group",
  regions: "region",
  dataClasses: "data_class",
} as const;

export type UseDimension = (typeof USE_DIMENSIONS)[keyof typeof USE_DIMENSIONS];

export const useEnvelope = defineRegister({
  kind: "use_envelope",
  path: "use-envelopes",
  singular: "Intended use",
  plural: "Intended uses",
  description: "What each AI system may be used for: tasks, user groups, regions and classes of data.",
  emptyHint:
    "Say for each system in operation what it may be used for, and send the attributes task, user_group, region and data_class with its decisions.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "systemId", "limitPercent", "ownerId"],
  unique: [["systemId"]],
  writePermission: "systems.write",
  defaults: { tasks: [], userGroups: [], regions: [], dataClasses: [] },
  rules: [
    {
      check: ({ tasks, userGroups, regions, dataClasses }) =>
        [tasks, userGroups, regions, dataClasses].every((list) => list.length === 0)
          ? { field: "tasks", message: "Name at least one task, user group, region or class of data." }
          : undefined,
    },
  ],
  fields: {
    name: line({ label: "Name", help: "What the intended use is called.", example: "Triage of loan requests" }),
    systemId: ref("system", { label: "AI system", help: "The system whose use this is." }),
    tasks: lines({
      label: "Tasks",
      help: "Values of the attribute “task” that are intended. Empty: not limited.",
      example: "triage",
    }),
    userGroups: lines({
      label: "User groups",
      help: "Values of the attribute “user_group” that are intended. Empty: not limited.",
      example: "loan officers",
    }),
    regions: lines({
      label: "Regions",
      help: "Values of the attribute “region” that are intended. Empty: not limited.",
      example: "EU",
    }),
    dataClasses: lines({
      label: "Classes of data",
      help: "Values of the attribute “data_class” that are intended. Empty: not limited.",
      example: "customer data",
    }),
    limitPercent: number({
      label: "Limit (percent)",
      help: "Largest share of decisions outside the intended use, over 30 days.",
      minimum: 0,
      maximum: 100,
    }),
    ownerId: optional(ref("person", { label: "Owner", help: "Who decides about the intended use." })),
  },
});

export const useDeviation = defineRegister({
  kind: "use_deviation",
  path: "use-deviations",
  singular: "Deviation from intended use",
  plural: "Deviations from intended use",
  description: "Uses outside the intended one that were seen, and what was decided about each.",
  emptyHint: "When a system is used outside its intended use, say here what was decided about it.",
  schemaVersion: 1,
  title: "value",
  listed: ["systemId", "dimension", "value", "decision", "decidedById"],
  unique: [["systemId", "dimension", "value"]],
  writePermission: "systems.write",
  fields: {
    systemId: ref("system", { label: "AI system", help: "The system that was used otherwise." }),
    dimension: choice({
      label: "What differs",
      help: "The attribute that lies outside the intended use.",
      choices: [
        { value: "task", label: "Task" },
        { value: "user_group", label: "User group" },
        { value: "region", label: "Region" },
        { value: "data_class", label: "Class of data" },
      ],
    }),
    value: line({ label: "Value", help: "As the decisions carry it.", example: "collections", maxChars: 200 }),
    decision: choice({
      label: "Decided",
      help: "What becomes of this use.",
      choices: [
        { value: "permit", label: "Permitted for now" },
        { value: "stop", label: "To be stopped" },
        { value: "extend", label: "Intended use is extended" },
      ],
    }),
    reason: paragraphs({ label: "Reason", help: "Why, and what was done.", maxChars: 2000 }),
    decidedById: ref("person", { label: "Decided by", help: "Who decided." }),
    decidedOn: date({ label: "Decided on", help: "Day of the decision." }),
  },
});

export const contextSource = defineRegister({
  kind: "context_source",
  path: "context-sources",
  singular: "Context source",
  plural: "Context sources",
  description: "Where agents and assistants may take their context from, with trust and rights.",
  emptyHint: "Register each source that context manifests name: retrieval stores, memory, tools, web pages, users.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "systemId", "sourceKey", "sourceKind", "trustLabel"],
  unique: [["systemId", "sourceKey"]],
  writePermission: "systems.write",
  fields: {
    name: line({ label: "Name", help: "What people call it.", example: "Product handbook" }),
    systemId: ref("system", { label: "AI system", help: "The system that may use it." }),
    sourceKey: line({
      label: "Source id",
      help: "The id by which context manifests name it.",
      example: "handbook",
      maxChars: 200,
    }),
    sourceKind: choice({
      label: "Kind",
      help: "How its content reaches the model.",
      choices: [
        { value: "retrieval", label: "Retrieval" },
        { value: "memory", label: "Memory" },
        { value: "tool", label: "Tool output" },
        { value: "web", label: "Web content" },
        { value: "user", label: "User input" },
        { value: "agent", label: "Message of another agent" },
        { value: "prompt", label: "Prompt or policy" },
      ],
    }),
    trustLabel: choice({
      label: "Trust",
      help: "How far its content is trusted.",
      choices: [
        { value: "owned", label: "Owned" },
        { value: "contracted", label: "Contracted" },
        { value: "user", label: "User" },
        { value: "public", label: "Public" },
        { value: "other_agent", label: "Other agent" },
      ],
    }),
    rightsClass: line({ label: "Rights", help: "By what right it may be used.", example: "licensed" }),
    dataClass: line({ label: "Class of data", help: "What class of data it holds.", example: "internal" }),
    selectionReason: paragraphs({ label: "Why this source", help: "Why it was chosen.", maxChars: 2000 }),
    ownerId: optional(ref("person", { label: "Owner", help: "Who answers for its content." })),
  },
});

export const modelChange = defineRegister({
  kind: "model_change",
  path: "model-changes",
  singular: "Change of a vendor's model",
  plural: "Changes of vendors' models",
  description: "Models that a vendor changed, announced or not, and what the review of each found.",
  emptyHint:
    "Steward opens a review when decisions carry another model than declared. Enter announced changes yourself.",
  schemaVersion: 1,
  title: "seenModel",
  listed: ["seenModel", "systemId", "origin", "state", "detectedAt"],
  unique: [["systemId", "seenModel"]],
  writePermission: "systems.write",
  defaults: { origin: "announced", state: "open" },
  lifecycle: { field: "state", initial: ["open"], transitions: { open: ["reviewed"], reviewed: [] } },
  rules: [
    {
      check: ({ state, conclusion, reviewNote }) => {
        if (state !== "reviewed") return undefined;
        if (conclusion === null) return { field: "conclusion", message: "Say what the review concluded." };
        if (reviewNote === null) return { field: "reviewNote", message: "Say what was checked." };
        return undefined;
      },
    },
  ],
  fields: {
    systemId: ref("system", { label: "AI system", help: "The system that uses the model." }),
    seenModel: line({ label: "New model", help: "As the vendor names it.", example: "gpt-5.2-2026-03-01" }),
    declaredModel: optional(line({ label: "Declared model", help: "What the system was registered with." })),
    origin: choice({
      label: "How it became known",
      help: "By the vendor's announcement, or by what answered.",
      choices: [
        { value: "announced", label: "Announced" },
        { value: "detected", label: "Detected" },
      ],
    }),
    detectedAt: instant({ label: "Known since", help: "When it was announced or first seen." }),
    state: choice({
      label: "State",
      help: "Who reviewed it, and when, stands in the history.",
      choices: [
        { value: "open", label: "To be reviewed" },
        { value: "reviewed", label: "Reviewed" },
      ],
    }),
    conclusion: optional(
      choice({
        label: "Conclusion",
        help: "What follows.",
        choices: [
          { value: "accept", label: "Accepted" },
          { value: "test_again", label: "Test again" },
          { value: "restrict", label: "Restrict use" },
          { value: "replace", label: "Replace" },
        ],
      }),
    ),
    reviewNote: optional(paragraphs({ label: "What was checked", help: "Tests, documents, people.", maxChars: 2000 })),
  },
});
