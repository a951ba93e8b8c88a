import type { ReactNode } from "react";

import type { Status } from "./status.ts";

/** Cut out of a filled shape: takes the colour of what lies behind. */
const CUT = {
  stroke: "var(--st-surface)",
  strokeWidth: 1.75,
  fill: "none",
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;
const LINE = {
  stroke: "currentColor",
  strokeWidth: 1.75,
  fill: "none",
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;

const SHAPES: Readonly<Record<Status, ReactNode>> = {
  // A disc with a check.
  evidenced: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m4.8 8.3 2.2 2.2 4.2-4.7" {...CUT} />
    </>
  ),
  // A diamond with a cross.
  failing: (
    <>
      <path d="M8 .4 15.6 8 8 15.6.4 8Z" fill="currentColor" />
      <path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" {...CUT} />
    </>
  ),
  // A clock.
  stale: (
    <>
      <circle cx="8" cy="8" r="6.4" {...LINE} />
      <path d="M8 4.4V8l2.5 1.6" {...LINE} />
    </>
  ),
  // A dashed ring.
  insufficient: <circle cx="8" cy="8" r="6.4" {...LINE} strokeDasharray="2.4 3.3" strokeLinecap="butt" />,
  // A flag.
  excepted: (
    <>
      <path d="M3.5 15V1.5" {...LINE} />
      <path d="M3.5 2h9.2l-2.6 3.3 2.6 3.3H3.5Z" fill="currentColor" />
    </>
  ),
  // A dash.
  not_applicable: <path d="M3.5 8h9" {...LINE} />,
};

/** The shape of a status, 16 px; without a label it is decoration beside a word. */
export function StatusShape({ status, label }: { status: Status; label?: string | undefined }) {
  const naming = label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" focusable="false" {...naming}>
      {SHAPES[status]}
    </svg>
  );
}
