import { isTimeZone, MONDAY_TO_FRIDAY } from "@steward/kernel";

import { defineRegister } from "../define.ts";
import { choices, flag, line, optional, paragraphs } from "../fields.ts";

const ACCESS_ROLES = [
  { value: "administrator", label: "Administrator" },
  { value: "governance_lead", label: "Governance lead" },
  { value: "engineer", label: "Engineer" },
  { value: "overseer", label: "Overseer" },
  { value: "top_management", label: "Top management" },
  { value: "auditor", label: "Auditor" },
  { value: "reader", label: "Reader" },
] as const;

export const organisation = defineRegister({
  kind: "organisation",
  path: "organisations",
  singular: "Organisation",
  plural: "Organisation",
  description: "Who runs this management system, and in whose time its days and deadlines are counted.",
  emptyHint: "The organisation is made at set-up.",
  schemaVersion: 4,
  upcasters: {
    1: (body) => ({ ...body, secondFactorRoles: [] }),
    2: (body) => ({ ...body, workingDays: [...MONDAY_TO_FRIDAY] }),
    3: (body) => ({ ...body, singleSignOnRoles: [] }),
  },
  title: "name",
  listed: ["name", "timeZone"],
  writePermission: "organisation.write",
  singleton: true,
  systemCreated: true,
  defaults: { demonstration: false, secondFactorRoles: [], singleSignOnRoles: [], workingDays: [...MONDAY_TO_FRIDAY] },
  rules: [
    {
      check: ({ timeZone }) =>
        isTimeZone(timeZone)
          ? undefined
          : { field: "timeZone", message: "Give an IANA time zone, for example Europe/Berlin." },
    },
    {
      check: ({ workingDays }) =>
        workingDays.length > 0 ? undefined : { field: "workingDays", message: "Choose at least one day." },
    },
  ],
  fields: {
    name: line({
      label: "Name",
      help: "The name that audit reports and the trust page carry.",
      example: "Acme Robotics GmbH",
      maxChars: 200,
    }),
    timeZone: line({
      label: "Time zone",
      help: "IANA name. Calendar days and deadlines are counted in it.",
      example: "Europe/Berlin",
      maxChars: 64,
    }),
    workingDays: choices({
      label: "Working week",
      help: "Days on which people work. Deadlines in working days count these, without the holidays on record.",
      choices: [
        { value: "monday", label: "Monday" },
        { value: "tuesday", label: "Tuesday" },
        { value: "wednesday", label: "Wednesday" },
        { value: "thursday", label: "Thursday" },
        { value: "friday", label: "Friday" },
        { value: "saturday", label: "Saturday" },
        { value: "sunday", label: "Sunday" },
      ],
    }),
    activity: optional(
      paragraphs({
        label: "What it does",
        help: "Products, services and sites, in a few sentences. Feeds clause 4.1.",
      }),
    ),
    country: optional(
      line({
        label: "Country",
        help: "ISO 3166-1 two-letter code of the seat.",
        example: "DE",
        maxChars: 2,
        pattern: /^[A-Z]{2}$/,
        patternHelp: "Use two capital letters, for example DE.",
      }),
    ),
    secondFactorRoles: choices({
      label: "Second factor demanded of",
      help: "Whoever holds one of these access roles may do nothing until an authenticator app is set up.",
      choices: ACCESS_ROLES,
    }),
    singleSignOnRoles: choices({
      label: "Single sign-on demanded of",
      help: "Whoever holds one of these access roles may do nothing unless an identity provider vouched for them. When it is away, administrators and governance leads can take on roles in an emergency.",
      choices: ACCESS_ROLES,
    }),
    demonstration: flag({
      label: "Demonstration",
      help: "Marks an organisation whose people are invented. Every screen and export says so.",
    }),
  },
});
