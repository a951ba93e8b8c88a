import { type KeyboardEvent, useId, useRef, useState } from "react";

import { Link } from "./context.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { StatusShape } from "./status-shape.tsx";
import styles from "./status-strip.module.css";
import { type Status, STATUS_WORDS } from "./status.ts";
import { groupStarts, nextCell } from "./strip-keys.ts";

export interface StripCell {
  /** Number in the standard: `6.1.3`. */
  id: string;
  title: string;
  status: Status;
  sentence: string;
  href: string;
}

export interface StripGroup {
  id: string;
  /** Short label under the cells: `6` or `A.6`. */
  label: string;
  title: string;
  /** Groups of one band stand on one line. */
  band: string;
  cells: readonly StripCell[];
}

/** Every requirement at a glance, in the order of the standard. One stop of the tab key; arrows move inside. */
export function StatusStrip({ groups, label }: { groups: readonly StripGroup[]; label: string }) {
  const [active, setActive] = useState(0);
  const [seen, setSeen] = useState<number | undefined>(undefined);
  const strip = useRef<HTMLElement>(null);
  const hintId = useId();
  const sizes = groups.map((group) => group.cells.length);
  const starts = groupStarts(sizes);
  const cells = groups.flatMap((group) => group.cells);
  const bands = [...new Set(groups.map((group) => group.band))];

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = nextCell(sizes, active, event.key);
    if (next === undefined) return;
    event.preventDefault();
    strip.current?.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus();
  }

  return (
    <section ref={strip} aria-label={label} aria-describedby={hintId} className={styles.frame}>
      <div className={styles.strip}>
        <p id={hintId} className={styles.hint}>
          Arrow keys move from cell to cell, Page Up and Page Down from group to group, Enter opens.
        </p>
        {bands.map((band) => (
          <div key={band} className={styles.band}>
            <div className={styles.bandName}>{band}</div>
            <div className={styles.groups}>
              {groups.map((group, position) =>
                group.band === band ? (
                  <div key={group.id} className={styles.group}>
                    <ul className={styles.cells} aria-label={`${group.label} ${group.title}`}>
                      {group.cells.map((cell, offset) => {
                        const index = (starts[position] ?? 0) + offset;
                        return (
                          <li key={cell.id}>
                            <Link
                              href={cell.href}
                              className={styles.cell}
                              data-status={cell.status}
                              data-cell={index}
                              tabIndex={index === active ? 0 : -1}
                              aria-label={`${cell.id} ${cell.title}: ${STATUS_WORDS[cell.status]}`}
                              onKeyDown={onKeyDown}
                              onFocus={() => {
                                setActive(index);
                                setSeen(index);
                              }}
                              onMouseEnter={() => setSeen(index)}
                            >
                              <StatusShape status={cell.status} />
                            </Link>
                          </li>
                        );
                      })}
                    </ul>
                    <div className={styles.groupName} title={group.title} aria-hidden>
                      {group.label}
                    </div>
                  </div>
                ) : null,
              )}
            </div>
          </div>
        ))}
        <Readout cell={seen === undefined ? undefined : cells[seen]} />
      </div>
    </section>
  );
}

/** Says what the cell under the pointer or the focus is. Its height is fixed, so that nothing below it moves. */
function Readout({ cell }: { cell: StripCell | undefined }) {
  return (
    <div className={styles.readout} aria-hidden>
      {cell ? (
        <>
          <StatusBadge status={cell.status} />
          <span className={styles.readoutTitle}>
            {cell.id} {cell.title}
          </span>
          <span className={styles.readoutSentence}>{cell.sentence}</span>
        </>
      ) : (
        <span className={styles.readoutSentence}>Point at a cell to read it, or open it to see why.</span>
      )}
    </div>
  );
}
