import { useEffect, useState } from "react";

import { useUi } from "./context.tsx";
import { absoluteTime, dateTimeText, deadlineText, relativeTime } from "./time-text.ts";

/** Relative times change by the minute; half of one keeps them honest. */
const TICK_MS = 30_000;

/** The present, moving on twice a minute. */
export function useNow(): number {
  const { now } = useUi();
  const [present, setPresent] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setPresent(now()), TICK_MS);
    return () => clearInterval(timer);
  }, [now]);
  return present;
}

/** A moment: relative at a glance, absolute with its zone on hover and on paper; or absolute at once. */
export function Time({ at, absolute = false }: { at: string; absolute?: boolean | undefined }) {
  const { timeZone } = useUi();
  const now = useNow();
  return (
    <time dateTime={at} title={absoluteTime(at, timeZone)} style={{ whiteSpace: "nowrap" }}>
      {absolute ? (
        dateTimeText(at, timeZone)
      ) : (
        <>
          <span className="st-screen">{relativeTime(at, now, timeZone)}</span>
          <span className="st-print">{dateTimeText(at, timeZone)}</span>
        </>
      )}
    </time>
  );
}

/** Until when something is due, in the person's or the organisation's zone. */
export function DueTime({ at }: { at: string }) {
  const { timeZone } = useUi();
  return (
    <time dateTime={at} title={absoluteTime(at, timeZone)} style={{ whiteSpace: "nowrap" }}>
      {deadlineText(at, timeZone)}
    </time>
  );
}

/** A deadline, and whether it has passed. */
export function Deadline({ at, overdue }: { at: string; overdue: boolean }) {
  return (
    <span>
      {overdue ? "overdue since " : ""}
      <DueTime at={at} />
    </span>
  );
}
