import { defineRegister } from "../define.ts";
import { choice, date, flag, integer, line, optional, paragraphs } from "../fields.ts";

/** Fields that say what was uploaded, and to what: they never change. */
export const ATTACHMENT_FACTS = [
  "name",
  "subjectKind",
  "subjectId",
  "digest",
  "sizeBytes",
  "mediaType",
  "virusScan",
] as const;

const KEEPING = "Keeping it";

export const attachment = defineRegister({
  kind: "attachment",
  path: "attachments",
  singular: "Evidence file",
  plural: "Evidence files",
  description:
    "Files that show what records say: minutes, certificates, reports, pictures. What they hold is in the ledger.",
  emptyHint: "Open any record and add a file to it.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "mediaType", "sizeBytes", "effectiveOn", "expiresOn", "source"],
  writePermission: "attachments.write",
  systemCreated: true,
  rules: [
    {
      check: ({ effectiveOn, expiresOn }) =>
        effectiveOn !== null && expiresOn !== null && expiresOn < effectiveOn
          ? { field: "expiresOn", message: "It expires before it takes effect." }
          : undefined,
    },
    {
      check: ({ legalHold, holdReason }) =>
        legalHold && holdReason === null
          ? { field: "holdReason", message: "Say why it must be kept, and by whose order." }
          : undefined,
    },
  ],
  defaults: { legalHold: false },
  fields: {
    name: line({ label: "File", help: "The name that it was uploaded under.", maxChars: 255 }),
    subjectKind: line({ label: "Kind of record", help: "What it is attached to.", maxChars: 64 }),
    subjectId: line({ label: "Record", help: "The id of the record that it is attached to.", maxChars: 36 }),
    digest: line({
      label: "SHA-256",
      help: "Of what the file holds: whoever has the file can compare.",
      maxChars: 64,
      pattern: /^[0-9a-f]{64}$/,
    }),
    sizeBytes: integer({ label: "Size (bytes)", help: "Of the whole file.", minimum: 1 }),
    mediaType: line({ label: "Type", help: "What it is, by what it holds and not by its name.", maxChars: 100 }),
    virusScan: choice({
      label: "Virus scan",
      help: "Whether a scanner looked at it when it was uploaded.",
      choices: [
        { value: "clean", label: "Nothing found" },
        { value: "not_scanned", label: "No scanner is set up" },
      ],
    }),
    source: optional(
      line({
        label: "Source",
        help: "Where it comes from: who made it, which system wrote it.",
        example: "Certification body, by mail",
        maxChars: 300,
      }),
    ),
    description: optional(paragraphs({ label: "What it shows", help: "In a sentence or two.", maxChars: 2000 })),
    effectiveOn: optional(
      date({
        label: "Takes effect on",
        help: "The day since which it holds, where that is not the day of the upload.",
        example: "2026-03-31",
      }),
    ),
    expiresOn: optional(
      date({ label: "Expires on", help: "The last day on which it holds, such as that of a certificate." }),
    ),
    keepUntil: optional(
      date({
        section: KEEPING,
        label: "Keep until",
        help: "It is kept until the end of this day and then removed by itself; empty keeps it until somebody removes it.",
      }),
    ),
    legalHold: flag({
      section: KEEPING,
      label: "Legal hold",
      help: "While it is held, nobody can remove it and no term ends.",
    }),
    holdReason: optional(
      line({ section: KEEPING, label: "Held because", help: "By whose order, and why.", maxChars: 500 }),
    ),
  },
});
