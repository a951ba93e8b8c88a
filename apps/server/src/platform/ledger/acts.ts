/** Acts: entries that are not part of a stream of what AI systems send. */
import { sql } from "kysely";

/**
 * Condition on an entry `e`, as written in the index of acts (`ledger_entry_act`), so that whoever looks for news or for
 * what people did reads no decision.
 */
export const IS_ACT = sql.raw<boolean>(`e.kind NOT IN (
  'decision.recorded', 'decision.refused', 'call_events.recorded', 'served.reported', 'outcome.recorded',
  'feedback.recorded', 'observations.recorded', 'monitor.ran')`);
