import { defineRegister } from "../define.ts";
import { choice, date, instant, line, optional, paragraphs, ref, refs } from "../fields.ts";

/** Hash algorithm and lower-case hex, as OCI and Subresource Integrity users write it. */
const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const DIGEST_HELP = "Write the algorithm and the digest in lower-case hex: sha256:… with 64 digits.";

export const component = defineRegister({
  kind: "component",
  path: "components",
  singular: "Component",
  plural: "Components",
  description: "What AI systems are made of and run on: models, data, tools, services, compute.",
  emptyHint:
    "Add the model first, then the data it learned from and the tools it calls. A scan will fill this in once it is connected.",
  schemaVersion: 2,
  title: "name",
  listed: ["name", "componentKind", "version", "systemId", "supplier"],
  writePermission: "systems.write",
  upcasters: { 1: (body) => ({ ...body, supportEndsOn: null, supportCheckedOn: null }) },
  fields: {
    name: line({ label: "Name", help: "As its maker names it.", example: "logistic regression" }),
    componentKind: choice({
      label: "Kind",
      help: "What it is to the system; A.4 asks for data, tools, compute and people.",
      choices: [
        { value: "model", label: "Model" },
        { value: "data", label: "Data set" },
        { value: "software", label: "Software or tool" },
        { value: "service", label: "External service" },
        { value: "prompt", label: "Prompt or configuration" },
        { value: "compute", label: "Compute" },
      ],
    }),
    systemId: ref("system", { label: "AI system", help: "The system it belongs to." }),
    version: optional(line({ label: "Version", help: "Version or date of the component.", maxChars: 100 })),
    digest: optional(
      line({
        label: "Digest",
        help: "Cryptographic digest of its content.",
        maxChars: 140,
        pattern: DIGEST,
        patternHelp: DIGEST_HELP,
      }),
    ),
    supplier: optional(line({ label: "Supplier", help: "Who supplies it. Leave empty for your own." })),
    licence: optional(
      line({ label: "Licence", help: "SPDX identifier or the name of the agreement.", example: "Apache-2.0" }),
    ),
    supportEndsOn: optional(
      date({
        label: "Supported until",
        help: "Last day on which its supplier maintains it. Leave empty where no end is announced.",
      }),
    ),
    supportCheckedOn: optional(
      date({ label: "Support looked up on", help: "When somebody last looked up until when it is supported." }),
    ),
    notes: optional(paragraphs({ label: "Notes", help: "What a reviewer should know." })),
  },
});

export const release = defineRegister({
  kind: "release",
  path: "releases",
  singular: "Release",
  plural: "Releases",
  description: "Versions of an AI system: what was built, from what, by whom, and who approved it.",
  emptyHint: "Record a release from your pipeline: its version and digest are enough to start.",
  schemaVersion: 2,
  title: "version",
  listed: ["version", "systemId", "changeClass", "authorId", "releasedAt"],
  unique: [["systemId", "version"]],
  writePermission: "releases.write",
  upcasters: { 1: (body) => ({ ...body, artefactKind: null }) },
  defaults: { componentIds: [], approvedByIds: [] },
  rules: [
    {
      check: ({ authorId, approvedByIds }) =>
        authorId !== null && approvedByIds.includes(authorId)
          ? { field: "approvedByIds", message: "The author cannot approve the release." }
          : undefined,
    },
  ],
  fields: {
    systemId: ref("system", { label: "AI system", help: "The system that this is a version of." }),
    version: line({
      label: "Version",
      help: "As your pipeline names it; unique within the system.",
      example: "1.4.0",
      maxChars: 100,
    }),
    digest: line({
      label: "Digest",
      help: "Of the deployed artefact (model file or image). Decisions and deployments refer to it.",
      maxChars: 140,
      pattern: DIGEST,
      patternHelp: DIGEST_HELP,
    }),
    artefactKind: optional(
      choice({
        label: "Digest of",
        help: "What the digest is of. Only that of a container image is held against the images that run.",
        choices: [
          { value: "image", label: "Container image" },
          { value: "model_file", label: "Model file" },
          { value: "other", label: "Something else" },
        ],
      }),
    ),
    changeClass: choice({
      label: "Change",
      help: "A major change asks for a new impact assessment.",
      choices: [
        { value: "major", label: "Major" },
        { value: "minor", label: "Minor" },
        { value: "patch", label: "Patch" },
      ],
    }),
    modelKind: choice({
      label: "Model",
      help: "Where the model comes from.",
      choices: [
        { value: "trained", label: "Trained here" },
        { value: "fine_tuned", label: "Fine-tuned" },
        { value: "vendor_api", label: "Vendor's service" },
        { value: "open_weights", label: "Open weights" },
        { value: "rules", label: "Rules" },
      ],
    }),
    releasedAt: instant({
      label: "Released",
      help: "When the artefact was built or received.",
      example: "2026-03-31T09:00:00Z",
    }),
    componentIds: refs("component", { label: "Components", help: "What this version is made of." }),
    authorId: optional(ref("person", { label: "Author", help: "Who made it." })),
    approvedByIds: refs("person", { label: "Approved by", help: "Who approved it; never its author." }),
    sourceRevision: optional(
      line({ label: "Source revision", help: "Commit of the source it was built from.", maxChars: 100 }),
    ),
    notes: optional(paragraphs({ label: "What changed", help: "For reviewers and, later, for the people affected." })),
  },
});

export const deployment = defineRegister({
  kind: "deployment",
  path: "deployments",
  singular: "Deployment",
  plural: "Deployments",
  description: "Which release ran where, from when to when, put there by whom and why.",
  emptyHint:
    "Record a deployment when a release goes live; the one before it in the same environment ends at that moment.",
  schemaVersion: 1,
  title: "environment",
  listed: ["systemId", "releaseId", "environment", "startedAt", "endedAt"],
  writePermission: "deployments.write",
  rules: [
    {
      check: ({ startedAt, endedAt }) =>
        endedAt !== null && endedAt < startedAt
          ? { field: "endedAt", message: "The end comes before the start." }
          : undefined,
    },
  ],
  fields: {
    systemId: ref("system", { label: "AI system", help: "The system that runs." }),
    releaseId: ref("release", { label: "Release", help: "The version that runs; it must belong to the system." }),
    environment: choice({
      label: "Environment",
      help: "Decisions of production count for the status.",
      choices: [
        { value: "production", label: "Production" },
        { value: "staging", label: "Staging" },
        { value: "test", label: "Test" },
      ],
    }),
    startedAt: instant({ label: "From", help: "When it began to serve." }),
    endedAt: optional(instant({ label: "To", help: "When it stopped serving. Empty while it runs." })),
    deployedById: optional(ref("person", { label: "Deployed by", help: "Who put it there." })),
    justification: optional(paragraphs({ label: "Reason", help: "Why: new version, roll back, move." })),
  },
});
