/** T-A.6.2.8-2: logs are kept long enough, nobody altered them, and their clocks agree. */
import { counted, MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { LedgerCheckFact, SystemFact } from "../facts.ts";
import { formatDay, hourOf, HOURS_PER_DAY, startOfDay } from "../log-hours.ts";
import { LOG_LOOKBACK_DAYS } from "./log-completeness.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** Greatest age of the ledger's self-check: it runs every night, and two hours cover a slow night. */
export const LEDGER_CHECK_AGE_HOURS = 26;

export const logsKept = itemsTest<SystemFact>({
  id: "T-A.6.2.8-2",
  codeVersion: "1",
  needs: ["systems", "deployments", "logDays", "ledgerChecks"],
  limits: [{ name: "LEDGER_CHECK_AGE", value: LEDGER_CHECK_AGE_HOURS, unit: "hours" }],
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  claim: [
    "keeps its log long enough, in a ledger that verifies, with clocks that agree",
    "keep their logs long enough, in a ledger that verifies, with clocks that agree",
  ],
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
  judge: (system, context) => [judgeRetention(system, context), ...judgeLedger(context), judgeClock(system, context)],
});

function judgeRetention(system: SystemFact, context: TestContext): Check {
  const { name, retentionDays, retentionRuleDays, aiActTier } = system;
  const evidence = [system.evidence];
  const say = (verdict: Check["verdict"], message: string, text: string): Check => ({
    verdict,
    message,
    evidence,
    nextStep: stepFor(system, "set_retention", text),
  });
  if (retentionDays === null || retentionRuleDays === null) {
    const what = retentionDays === null ? "how long its decision log is kept" : "how long its own rule asks for";
    return say("insufficient", `${name} does not say ${what}.`, `Set for ${name} ${what}.`);
  }
  if (retentionDays < retentionRuleDays) {
    const message = `${name} keeps its log for ${counted(retentionDays, "day")}; its own rule asks for ${counted(retentionRuleDays, "day")}.`;
    return say("fail", message, `Keep the log of ${name} for at least ${counted(retentionRuleDays, "day")}.`);
  }
  const months = context.parameter("LOG_RETENTION_LAW");
  const lawDays = longestSpanDays(months);
  if (retentionDays >= lawDays || (aiActTier !== "high_risk" && aiActTier !== "undetermined")) {
    return { verdict: "pass", message: `${name} keeps its log for ${counted(retentionDays, "day")}.`, evidence };
  }
  const law = `${counted(months, "month")} (${counted(lawDays, "day")})`;
  if (aiActTier === "high_risk") {
    const message = `${name} keeps its log for ${counted(retentionDays, "day")}; the high-risk duties of the EU AI Act ask for ${law}.`;
    return say("fail", message, `Keep the log of ${name} for at least ${counted(lawDays, "day")}.`);
  }
  return {
    verdict: "insufficient",
    message: `Whether the high-risk duties of the EU AI Act apply to ${name} is not determined; if they do, ${law} are asked for and ${counted(retentionDays, "day")} are not enough.`,
    evidence,
    nextStep: stepFor(system, "decide_ai_act_tier", `Classify ${name} under the EU AI Act.`),
  };
}

/** The most days that so many calendar months can have: six months are 181 to 184 days. */
function longestSpanDays(months: number): number {
  const LEAP_CYCLE_MONTHS = 48;
  let longest = 0;
  for (let start = 0; start < LEAP_CYCLE_MONTHS; start++) {
    const days = (Date.UTC(2024, start + months, 1) - Date.UTC(2024, start, 1)) / (Number(MICROS_PER_DAY) / 1000);
    longest = Math.max(longest, Math.ceil(days));
  }
  return longest;
}

/** A failed self-check stands until a newer one passes over at least as many entries. */
function judgeLedger({ facts, now }: TestContext): Check[] {
  const subject = { kind: "ledger", id: facts.facts.organisation.id, name: "Evidence ledger" };
  const checks = facts.ledgerChecks();
  const passed = checks.filter(({ ok }) => ok);
  const isMadeGood = (failed: LedgerCheckFact) => passed.some(({ at, size }) => at > failed.at && size >= failed.size);
  const standing = checks.find((check) => !check.ok && !isMadeGood(check));
  if (standing !== undefined) {
    const where = standing.firstBadEntry === null ? "" : ` The first entry that does not is ${standing.firstBadEntry}.`;
    return [
      {
        verdict: "fail",
        message: `The evidence ledger does not verify.${where}`,
        evidence: [standing.evidence],
        subject,
        nextStep: ledgerStep(
          "repair_ledger",
          "Find out how the ledger was altered, restore it, and run its self-check.",
        ),
      },
    ];
  }
  const newest = watch(passed[0], BigInt(LEDGER_CHECK_AGE_HOURS) * MICROS_PER_HOUR, now, {
    alive: "The evidence ledger verifies.",
    tooOld: `The last self-check of the evidence ledger is older than ${LEDGER_CHECK_AGE_HOURS} hours.`,
    never: "The evidence ledger has not been checked yet.",
    nextStep: ledgerStep("check_ledger", "Run the self-check of the evidence ledger."),
  });
  return [{ ...newest, subject }];
}

function ledgerStep(action: "check_ledger" | "repair_ledger", text: string) {
  return { text, action, subjectKind: "ledger", subjectId: null };
}

/** The newest day on which a difference could be measured decides. */
function judgeClock(system: SystemFact, { facts, now, parameter }: TestContext): Check {
  const limit = parameter("CLOCK_SKEW");
  const recordedDay = Math.floor(hourOf(facts.facts.recordedAt) / HOURS_PER_DAY);
  const newest = facts
    .logDays(system.id)
    .findLast(({ day, maxClockSkewSeconds }) => maxClockSkewSeconds !== null && day <= recordedDay);
  const skew = newest?.maxClockSkewSeconds ?? null;
  if (newest !== undefined && skew !== null && skew > limit) {
    return {
      verdict: "fail",
      message: `The clock of ${system.name} was up to ${counted(Math.round(skew), "second")} off on ${formatDay(newest.day)}; at most ${counted(limit, "second")} are allowed.`,
      evidence: [newest.evidence],
      nextStep: stepFor(system, "synchronise_clock", `Synchronise the clock of the machines that run ${system.name}.`),
    };
  }
  const proof = newest && { at: startOfDay(newest.day + 1), evidence: newest.evidence };
  return watch(proof, BigInt(LOG_LOOKBACK_DAYS) * MICROS_PER_DAY, now, {
    alive: `The clock of ${system.name} agrees.`,
    tooOld: `No decision of ${system.name} has shown its clock in the last ${LOG_LOOKBACK_DAYS} days.`,
    never: `No decision of ${system.name} has shown its clock yet.`,
    nextStep: stepFor(system, "record_decisions", `Send the decisions of ${system.name} to Steward.`),
  });
}
