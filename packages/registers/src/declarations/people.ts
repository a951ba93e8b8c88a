import { defineRegister } from "../define.ts";
import { choice, date, line, optional, paragraphs, ref } from "../fields.ts";

export const person = defineRegister({
  kind: "person",
  path: "people",
  singular: "Person",
  plural: "People",
  description: "People who hold roles in the management system, whether or not they sign in.",
  emptyHint: "Add the people who own AI systems, approve them and can stop them. Roles are assigned to people.",
  schemaVersion: 2,
  upcasters: { 1: (body) => ({ ...body, managerId: null }) },
  title: "name",
  listed: ["name", "jobTitle", "employment", "activeFrom", "activeTo"],
  unique: [["email"]],
  writePermission: "people.write",
  defaults: { employment: "employee" },
  rules: [{ check: (values) => endsAfterStart(values.activeFrom, values.activeTo, "activeTo") }],
  fields: {
    name: line({ label: "Name", help: "As colleagues and auditors know them.", maxChars: 200, personal: true }),
    email: optional(
      line({
        label: "E-mail",
        help: "Work address. Each address belongs to one person.",
        example: "ada@example.org",
        maxChars: 254,
        pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
        patternHelp: "Give an e-mail address, for example ada@example.org.",
        personal: true,
      }),
    ),
    jobTitle: optional(line({ label: "Job title", help: "What they do in the organisation.", personal: true })),
    managerId: optional(
      ref("person", {
        label: "Reports to",
        help: "Hears of tasks that are overdue, and gets those of whoever leaves.",
      }),
    ),
    employment: choice({
      label: "Relationship",
      help: "How they belong to the organisation.",
      choices: [
        { value: "employee", label: "Employee" },
        { value: "contractor", label: "Contractor" },
        { value: "external", label: "External" },
      ],
    }),
    activeFrom: date({ label: "Active from", help: "First day on which they can hold a role.", example: "2026-01-01" }),
    activeTo: optional(date({ label: "Active until", help: "Last day. Leave empty while they are active." })),
  },
});

export const roleAssignment = defineRegister({
  kind: "role_assignment",
  path: "role-assignments",
  singular: "Role assignment",
  plural: "Role assignments",
  description:
    "Who answers for what: the two assignments that clause 5.3 calls for, top management, and the roles of each system.",
  emptyHint:
    "Assign the two roles of clause 5.3 first: who sees that the management system meets the standard, and who reports on its performance.",
  schemaVersion: 1,
  title: "role",
  listed: ["role", "personId", "systemId", "validFrom", "validTo"],
  writePermission: "people.write",
  rules: [
    { check: (values) => endsAfterStart(values.validFrom, values.validTo, "validTo") },
    {
      check: ({ role, systemId }) => {
        const forSystem = SYSTEM_ROLES.has(role);
        if (forSystem && systemId === null)
          return { field: "systemId", message: "This role is held for one AI system: choose it." };
        if (!forSystem && systemId !== null)
          return {
            field: "systemId",
            message: "This role is held for the whole organisation: leave the system empty.",
          };
        return undefined;
      },
    },
  ],
  fields: {
    role: choice({
      label: "Role",
      help: "The first three are held for the organisation, the others for one AI system.",
      choices: [
        {
          value: "aims_conformity",
          label: "Sees that the management system meets the standard",
          help: "Clause 5.3, first assignment.",
        },
        {
          value: "aims_performance_reporting",
          label: "Reports its performance to top management",
          help: "Clause 5.3, second assignment.",
        },
        { value: "top_management", label: "Top management" },
        { value: "risk_owner", label: "Risk owner" },
        { value: "data_owner", label: "Data owner" },
        { value: "oversight_lead", label: "Oversight lead" },
        { value: "stop_authority", label: "Authority to stop the system" },
      ],
    }),
    personId: ref("person", { label: "Person", help: "Who holds the role." }),
    systemId: optional(ref("system", { label: "AI system", help: "For roles of one system." })),
    validFrom: date({ label: "From", help: "First day on which the person holds the role." }),
    validTo: optional(date({ label: "Until", help: "Last day. Leave empty while it is held." })),
    appointment: optional(
      paragraphs({
        label: "Appointment",
        help: "Where the appointment is written down.",
        example: "Board minute 2026-04, item 3",
      }),
    ),
  },
});

export const SYSTEM_ROLES: ReadonlySet<string> = new Set([
  "risk_owner",
  "data_owner",
  "oversight_lead",
  "stop_authority",
]);

function endsAfterStart(from: string, to: string | null, field: string) {
  return to !== null && to < from ? { field, message: "The last day comes before the first." } : undefined;
}
