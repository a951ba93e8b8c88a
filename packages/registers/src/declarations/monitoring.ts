import { defineRegister } from "../define.ts";
import { choice, instant, integer, line, lines, number, optional, paragraphs, date, ref } from "../fields.ts";

const KINDS = [
  { value: "health", label: "Service health" },
  { value: "output_quality", label: "Output quality" },
  { value: "drift", label: "Drift" },
  { value: "misuse", label: "Misuse and safety" },
  { value: "feedback", label: "User feedback" },
] as const;

export type MonitorKind = (typeof KINDS)[number]["value"];

/** What a monitor can read; `reported` is read by your own tool, which sends the value. */
export const MEASURES_OF_KIND = {
  health: ["silence", "outcome_share", "reported"],
  output_quality: ["error_share", "reported"],
  drift: ["score_psi", "score_ks", "outcome_psi", "input_psi", "reported"],
  misuse: ["misuse_share", "reported"],
  feedback: ["negative_share", "reported"],
} as const satisfies Record<MonitorKind, readonly string[]>;

/** Measures that compare the window with the reference window. */
const COMPARING: ReadonlySet<string> = new Set(["score_psi", "score_ks", "outcome_psi", "input_psi"]);

export const monitor = defineRegister({
  kind: "monitor",
  path: "monitors",
  singular: "Monitor",
  plural: "Monitors",
  description: "What watches each AI system in operation: health, output quality, drift, misuse and user feedback.",
  emptyHint:
    "Each system in operation needs one live monitor of each kind. Steward reads decisions, late outcomes and feedback by itself; your own tools can report values.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "systemId", "monitorKind", "measure", "threshold", "state"],
  unique: [["systemId", "name"]],
  writePermission: "monitors.write",
  defaults: {
    windowDays: 7,
    heartbeatHours: 24,
    alarmWhen: "above",
    severity: "normal",
    acknowledgeHours: 24,
    actionDays: 10,
    outcomes: [],
    state: "active",
  },
  rules: [
    {
      check: ({ monitorKind, measure }) => {
        const allowed: readonly string[] = MEASURES_OF_KIND[monitorKind];
        if (allowed.includes(measure)) return undefined;
        return { field: "measure", message: `A monitor of this kind reads one of: ${allowed.join(", ")}.` };
      },
    },
    {
      check: ({ measure, referenceFrom, referenceTo }) => {
        if (!COMPARING.has(measure)) return undefined;
        if (referenceFrom === null) return { field: "referenceFrom", message: "Say which days it compares with." };
        if (referenceTo === null) return { field: "referenceTo", message: "Say which days it compares with." };
        if (referenceTo < referenceFrom)
          return { field: "referenceTo", message: "The last day comes before the first." };
        return undefined;
      },
    },
    {
      check: ({ measure, outcomes }) =>
        measure === "outcome_share" && outcomes.length === 0
          ? { field: "outcomes", message: "Say which outcomes count as failures, as the system sends them." }
          : undefined,
    },
    {
      check: ({ measure, attribute }) =>
        measure === "input_psi" && attribute === null
          ? { field: "attribute", message: "Say which attribute of the decisions it watches." }
          : undefined,
    },
    {
      check: ({ measure, alarmWhen }) =>
        measure !== "reported" && alarmWhen === "below"
          ? { field: "alarmWhen", message: "Only a reported value can be too low; the others alarm when too high." }
          : undefined,
    },
  ],
  fields: {
    name: line({ label: "Name", help: "What it watches, in a few words.", example: "Score drift", maxChars: 200 }),
    systemId: ref("system", { label: "AI system", help: "The system that it watches." }),
    monitorKind: choice({ label: "Kind", help: "Control A.6.2.6 asks for all five in operation.", choices: KINDS }),
    measure: choice({
      section: "What it reads",
      label: "Measure",
      help: "What it computes; the unit of the threshold follows from it.",
      choices: [
        { value: "silence", label: "Silence", help: "Hours since the last decision." },
        { value: "outcome_share", label: "Share of failures", help: "Decisions with one of the outcomes, in percent." },
        { value: "error_share", label: "Share of errors", help: "Decisions that turned out wrong, in percent." },
        { value: "score_psi", label: "Score drift (PSI)", help: "Population stability index against the reference." },
        { value: "score_ks", label: "Score drift (KS)", help: "Kolmogorov-Smirnov distance against the reference." },
        { value: "outcome_psi", label: "Outcome drift (PSI)", help: "Population stability index of the outcomes." },
        { value: "input_psi", label: "Input drift (PSI)", help: "Population stability index of an attribute." },
        { value: "misuse_share", label: "Misuse reports", help: "Reports of misuse for 100 decisions." },
        { value: "negative_share", label: "Complaints", help: "Complaints and corrections for 100 decisions." },
        { value: "reported", label: "Reported by your tool", help: "The value is sent to the API." },
      ],
    }),
    threshold: number({
      section: "What it reads",
      label: "Threshold",
      help: "Beyond it an alert opens: hours of silence, percent of decisions, or the index itself.",
      example: "0.2",
      minimum: -1e9,
      maximum: 1e9,
    }),
    alarmWhen: choice({
      section: "What it reads",
      label: "Alarm when",
      help: "On which side of the threshold a reported value is bad.",
      choices: [
        { value: "above", label: "Above the threshold" },
        { value: "below", label: "Below the threshold" },
      ],
    }),
    outcomes: lines({
      section: "What it reads",
      label: "Outcomes that are failures",
      help: "For a share of failures: outcomes as the system sends them.",
      example: "error",
    }),
    attribute: optional(
      line({
        section: "What it reads",
        label: "Attribute",
        help: "For input drift: the attribute that decisions carry.",
        example: "region",
        maxChars: 64,
      }),
    ),
    windowDays: integer({
      section: "What it reads",
      label: "Window (days)",
      help: "How many days one look reads. Longer windows see smaller changes, later.",
      minimum: 1,
      maximum: 90,
    }),
    referenceFrom: optional(
      date({ section: "What it reads", label: "Reference from", help: "First day (UTC) that drift compares with." }),
    ),
    referenceTo: optional(
      date({ section: "What it reads", label: "Reference to", help: "Last day (UTC) that drift compares with." }),
    ),
    heartbeatHours: integer({
      section: "How it is run",
      label: "Heartbeat (hours)",
      help: "Silent for longer than this, it no longer counts as alive. It looks twice as often.",
      minimum: 1,
      maximum: 744,
    }),
    severity: choice({
      section: "How it is run",
      label: "Severity of its alerts",
      help: "Top-severity alerts need a record of cause and fix.",
      choices: [
        { value: "normal", label: "Normal" },
        { value: "top", label: "Top" },
      ],
    }),
    acknowledgeHours: integer({
      section: "How it is run",
      label: "Acknowledge within (hours)",
      help: "How soon somebody must say that they look after an alert.",
      minimum: 1,
      maximum: 8784,
    }),
    actionDays: integer({
      section: "How it is run",
      label: "Act within (days)",
      help: "How soon drift beyond the limit must have led to an action.",
      minimum: 1,
      maximum: 366,
    }),
    ownerId: optional(ref("person", { section: "How it is run", label: "Owner", help: "Who looks after its alerts." })),
    state: choice({
      section: "How it is run",
      label: "State",
      help: "A paused monitor does not count.",
      choices: [
        { value: "active", label: "Active" },
        { value: "paused", label: "Paused" },
      ],
    }),
  },
});

/** Fields that say why an alert was opened: they never change. */
export const ALERT_OPENING = [
  "summary",
  "systemId",
  "monitorId",
  "monitorKind",
  "severity",
  "openedAt",
  "value",
  "threshold",
  "message",
  "acknowledgeBy",
  "actBy",
] as const;

export const alert = defineRegister({
  kind: "alert",
  path: "alerts",
  singular: "Alert",
  plural: "Alerts",
  description: "What the monitors found beyond its limit, who looks after it, and what was done.",
  emptyHint: "Monitors open alerts by themselves. None is open.",
  schemaVersion: 1,
  title: "summary",
  listed: ["summary", "systemId", "monitorKind", "severity", "state", "openedAt"],
  writePermission: "alerts.act",
  systemCreated: true,
  lifecycle: {
    field: "state",
    initial: ["open"],
    transitions: {
      open: ["acknowledged", "acted"],
      acknowledged: ["acted", "closed"],
      acted: ["closed"],
      closed: [],
    },
  },
  rules: [
    {
      check: ({ state, action }) =>
        state === "acted" && action === null ? { field: "action", message: "Say what is done about it." } : undefined,
    },
    {
      check: ({ state, monitorKind, action }) =>
        state === "closed" && monitorKind === "drift" && action === null
          ? { field: "action", message: "Drift needs a decision: retrain, roll back, restrict or accept." }
          : undefined,
    },
    {
      check: ({ monitorKind, action }) =>
        monitorKind === "drift" && action === "fix"
          ? { field: "action", message: "Drift needs a decision: retrain, roll back, restrict or accept." }
          : undefined,
    },
    {
      check: ({ state, closeReason }) =>
        state === "closed" && closeReason === null
          ? { field: "closeReason", message: "Say why it can be closed." }
          : undefined,
    },
    {
      check: ({ state, severity, cause, fix }) => {
        if (state !== "closed" || severity !== "top") return undefined;
        if (cause === null) return { field: "cause", message: "A top-severity alert needs its cause on record." };
        if (fix === null) return { field: "fix", message: "A top-severity alert needs its fix on record." };
        return undefined;
      },
    },
  ],
  fields: {
    summary: line({ label: "Alert", help: "What happened, in one line.", maxChars: 300 }),
    systemId: ref("system", { label: "AI system", help: "The system that it is about." }),
    monitorId: ref("monitor", { label: "Monitor", help: "What found it." }),
    monitorKind: choice({ label: "Kind", help: "Kind of the monitor.", choices: KINDS }),
    severity: choice({
      label: "Severity",
      help: "As the monitor had it when the alert opened.",
      choices: [
        { value: "normal", label: "Normal" },
        { value: "top", label: "Top" },
      ],
    }),
    openedAt: instant({ label: "Opened", help: "When the monitor found it." }),
    value: number({ label: "Value", help: "What the monitor measured." }),
    threshold: number({ label: "Threshold", help: "The limit at that time." }),
    message: paragraphs({ label: "What was seen", help: "The monitor's own words, with numbers.", maxChars: 2000 }),
    acknowledgeBy: instant({ label: "Acknowledge by", help: "When somebody must have taken it up." }),
    actBy: instant({ label: "Act by", help: "When something must have been done about drift." }),
    state: choice({
      section: "What was done",
      label: "State",
      help: "Who moved it, and when, stands in the history.",
      choices: [
        { value: "open", label: "Open" },
        { value: "acknowledged", label: "Acknowledged" },
        { value: "acted", label: "Acted on" },
        { value: "closed", label: "Closed" },
      ],
    }),
    action: optional(
      choice({
        section: "What was done",
        label: "Action",
        help: "What was decided.",
        choices: [
          { value: "retrain", label: "Retrain" },
          { value: "roll_back", label: "Roll back" },
          { value: "restrict", label: "Restrict use" },
          { value: "accept", label: "Accept" },
          { value: "fix", label: "Fix" },
        ],
      }),
    ),
    actionNote: optional(
      paragraphs({
        section: "What was done",
        label: "About the action",
        help: "What exactly, and why.",
        maxChars: 2000,
      }),
    ),
    cause: optional(paragraphs({ section: "What was done", label: "Cause", help: "Why it happened.", maxChars: 2000 })),
    fix: optional(
      paragraphs({
        section: "What was done",
        label: "Fix",
        help: "What keeps it from happening again.",
        maxChars: 2000,
      }),
    ),
    closeReason: optional(
      choice({
        section: "What was done",
        label: "Closed because",
        help: "Why nothing more is to do.",
        choices: [
          { value: "resolved", label: "Resolved" },
          { value: "accepted", label: "Accepted as it is" },
          { value: "false_alarm", label: "False alarm" },
          { value: "duplicate", label: "Same as another" },
        ],
      }),
    ),
  },
});
