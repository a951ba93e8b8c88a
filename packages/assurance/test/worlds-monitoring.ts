/** Generated monitors, alerts, runs of agents and changes of models. */
import fc from "fast-check";

import { MONITOR_KINDS } from "../src/index.ts";
import type {
  AgentRunsFact,
  AlertFact,
  ContextItemFact,
  ContextSourceFact,
  ModelChangeFact,
  ModelUseFact,
  MonitorFact,
  MonitorRunFact,
} from "../src/index.ts";
import { often, SYSTEMS } from "./chance.ts";
import {
  agentRuns as agentRunsOf,
  alert,
  contextItem,
  contextSource,
  DAY,
  HOUR,
  modelChange,
  modelUse,
  monitor,
  monitorRun,
  NOW,
} from "./world.ts";

/** One monitor of each kind, now and then paused or missing, and for one kind a second one. */
export const monitors: fc.Arbitrary<MonitorFact[]> = fc
  .tuple(
    ...SYSTEMS.flatMap((systemId) =>
      [...MONITOR_KINDS, "drift" as const].map((kind, place) =>
        fc.record({ there: often(place < 5, fc.boolean()), active: often(true, fc.constant(false)) }).map((made) =>
          made.there
            ? [
                monitor(systemId, kind, {
                  id: `monitor-${kind}-${systemId}${place < 5 ? "" : "-2"}`,
                  active: made.active,
                }),
              ]
            : [],
        ),
      ),
    ),
  )
  .map((found) => found.flat());

export const monitorRuns: fc.Arbitrary<MonitorRunFact[]> = fc
  .tuple(
    ...SYSTEMS.flatMap((systemId) =>
      [...MONITOR_KINDS.map((kind) => `${kind}-${systemId}`), `drift-${systemId}-2`].map((name) =>
        fc
          .record({
            there: often(true, fc.constant(false)),
            hours: often(5, fc.integer({ min: 0, max: 30 })),
            judgement: often<MonitorRunFact["judgement"]>("within", fc.constantFrom("beyond", "insufficient")),
          })
          .map(({ there, hours, judgement }) =>
            there ? [monitorRun(`monitor-${name}`, { at: NOW - BigInt(hours) * HOUR, judgement })] : [],
          ),
      ),
    ),
  )
  .map((found) => found.flat());

export const alerts: fc.Arbitrary<AlertFact[]> = fc
  .array(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      kind: fc.constantFrom(...MONITOR_KINDS, "drift" as const),
      top: often(false, fc.constant(true)),
      days: fc.integer({ min: 0, max: 400 }),
      acknowledgedAfter: often<number | null>(1, fc.constantFrom(null, 30)),
      action: often<AlertFact["action"]>("retrain", fc.constantFrom(null, "fix", "accept")),
      actedAfter: often<number>(2, fc.constant(8)),
      explained: often(true, fc.constant(false)),
      closed: often(true, fc.constant(false)),
    }),
    { maxLength: 4 },
  )
  .map((list) =>
    list.map(({ systemId, kind, days, acknowledgedAfter, actedAfter, ...change }, index) => {
      const openedAt = NOW - BigInt(days) * DAY;
      return alert(systemId, kind, {
        ...change,
        id: `alert-${index}`,
        openedAt,
        acknowledgedAt: acknowledgedAfter === null ? null : openedAt + BigInt(acknowledgedAfter) * HOUR,
        actedAt: change.action === null ? null : openedAt + BigInt(actedAfter) * DAY,
      });
    }),
  );

export const agentRuns: fc.Arbitrary<AgentRunsFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      fc
        .record({
          there: often(true, fc.constant(false)),
          complete: often(1000, fc.constantFrom(989, 990)),
          days: often(0, fc.constantFrom(29, 30, 90)),
        })
        .map(({ there, complete, days }) =>
          there ? [agentRunsOf(systemId, { complete, lastAt: NOW - BigInt(days) * DAY })] : [],
        ),
    ),
  )
  .map((found) => found.flat());

export const contextSources: fc.Arbitrary<ContextSourceFact[]> = fc
  .subarray(SYSTEMS.flatMap((systemId) => ["handbook", "web"].map((source) => ({ systemId, source }))))
  .map((list) => list.map(({ systemId, source }) => contextSource(systemId, { source })));

export const contextItems: fc.Arbitrary<ContextItemFact[]> = fc
  .uniqueArray(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      source: often<string | null>("handbook", fc.constantFrom("web", null)),
      label: often<string | null>("owned", fc.constantFrom("public", "unknown", null)),
      days: fc.constantFrom(0, 6, 7, 20),
    }),
    { maxLength: 5, selector: ({ systemId, source, label }) => JSON.stringify([systemId, source, label]) },
  )
  .map((list) =>
    list.map(({ systemId, source, label, days }) =>
      contextItem(systemId, { source, label, firstAt: NOW - BigInt(days) * DAY }),
    ),
  );

export const modelUses: fc.Arbitrary<ModelUseFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      fc
        .record({
          there: often(true, fc.constant(false)),
          vendor: often(true, fc.constant(false)),
          days: often<number | null>(0, fc.constantFrom(null, 6, 7, 20)),
        })
        .map(({ there, vendor, days }) =>
          there ? [modelUse(systemId, { vendor, answeredAt: days === null ? null : NOW - BigInt(days) * DAY })] : [],
        ),
    ),
  )
  .map((found) => found.flat());

export const modelChanges: fc.Arbitrary<ModelChangeFact[]> = fc
  .array(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      days: fc.integer({ min: 0, max: 20 }),
      after: often<number | null>(1, fc.constantFrom(null, 9)),
    }),
    { maxLength: 3 },
  )
  .map((list) =>
    list.map(({ systemId, days, after }, index) => {
      const knownAt = NOW - BigInt(days) * DAY;
      const reviewedAt = after === null ? null : knownAt + BigInt(after) * DAY;
      return modelChange(systemId, { id: `model_change-${index}`, knownAt, reviewedAt });
    }),
  );
