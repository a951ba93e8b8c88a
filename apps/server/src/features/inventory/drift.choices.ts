/** What can be said of a finding, besides registering or declaring it. */
import { DISPOSITION_KINDS, type DriftDisposition } from "@steward/contract";

type Kind = DriftDisposition["kind"];

interface Finding {
  readonly kind: string;
  readonly subject: { readonly kind: string };
}

/** Of which findings it can be said, and what is answered where it is said of another one. Any can be accepted. */
const RULES: Readonly<
  Partial<Record<Kind, { readonly fits: (finding: Finding) => boolean; readonly misfit: string }>>
> = {
  attach: { fits: ({ kind }) => kind === "shadow", misfit: "It belongs to a system already." },
  not_ai: {
    fits: ({ kind }) => kind === "shadow" || kind === "undeclared",
    misfit: "Only of what was found can it be said that it is no AI.",
  },
  switched_off: {
    // A service that was seen, not a repository that was scanned.
    fits: ({ kind, subject }) => kind === "retired_alive" || (kind === "shadow" && subject.kind === "service"),
    misfit: "Only what was seen running can be switched off.",
  },
};

export function choicesOf(finding: Finding): Kind[] {
  return DISPOSITION_KINDS.filter((kind) => misfitOf(finding, kind) === undefined);
}

/** Why this cannot be said of the finding; undefined where it can. */
export function misfitOf(finding: Finding, kind: Kind): string | undefined {
  const rule = RULES[kind];
  return rule === undefined || rule.fits(finding) ? undefined : rule.misfit;
}
