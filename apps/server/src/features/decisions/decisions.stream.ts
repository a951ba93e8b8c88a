/**
 * Records a stream of lines in bounded memory: what cannot be stored yet is not read yet, so a fast sender is slowed
 * down by its own connection. Each line is answered in order, once it is durable.
 */
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

import { isBlank, parseLine, unreadable, UnreadableLine } from "../../platform/http/body.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { asProblem, HttpProblem, problemBody } from "../../platform/http/problem.ts";
import type { Intake, IntakeItem } from "./decisions.intake.ts";

/** The longest line: one decision with its explanation and context manifest. */
const LINE_MAX_BYTES = 256 * 1024;
/** Lines handed over together; what arrives meanwhile makes the next group. */
const GROUP_MAX_LINES = 500;
/** Groups under way: enough to keep the database busy. */
const GROUPS_MAX = 8;
const PAUSE_WHEN_FULL_MS = 50;

interface Line {
  /** Counted from one, blank lines too. */
  readonly line: number;
  readonly value: unknown;
}

interface Group {
  readonly first: number;
  readonly answers: Promise<string>;
}

/**
 * Answers line by line. What ends the stream early is said in a last line: nothing is known of the lines from there on,
 * and sending them again is safe. @throws HttpProblem where that happens before the first answer.
 */
export async function* streamDecisions(intake: Intake, caller: Caller, payload: Readable, requestId: string) {
  const groups: Group[] = [];
  let answered = false;
  let next = 1;
  try {
    const source = linesOf(payload);
    let reading: Promise<IteratorResult<Line[], void>> | undefined = awaited(source.next());
    while (reading !== undefined || groups.length > 0) {
      // Whichever comes first: more lines, while there is room for them, or the answers to the oldest ones.
      const more = reading !== undefined && groups.length < GROUPS_MAX ? [reading] : [];
      const step = await Promise.race([...more, ...groups.slice(0, 1).map(({ answers }) => answers)]);
      if (typeof step === "string") {
        yield step;
        answered = true;
        groups.shift();
      } else if (step.done) {
        reading = undefined;
      } else {
        groups.push(startGroup(intake, caller, step.value));
        next = (step.value.at(-1) as Line).line + 1;
        reading = awaited(source.next());
      }
    }
  } catch (error) {
    const problem = asProblem(error);
    // What was read before a stream broke off is answered all the same.
    for (const group of problem.code === "malformed" ? groups.splice(0) : []) {
      yield await group.answers;
      answered = true;
    }
    if (!answered) throw problem;
    yield lastLine(groups[0]?.first ?? next, problem, requestId);
  } finally {
    await Promise.allSettled(groups.map(({ answers }) => answers));
  }
}

function startGroup(intake: Intake, caller: Caller, lines: readonly Line[]): Group {
  return { first: (lines[0] as Line).line, answers: awaited(record(intake, caller, lines)) };
}

/** A promise that is looked at in its turn: until then its failure is nobody's. */
function awaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function record(intake: Intake, caller: Caller, lines: readonly Line[]): Promise<string> {
  const values = lines.map(({ value }) => value);
  for (;;) {
    try {
      const items = await intake.recordEach(caller, values);
      return items.map((item, i) => answerLine((lines[i] as Line).line, item)).join("");
    } catch (error) {
      if (!(error instanceof HttpProblem) || error.code !== "too_many_requests") throw error;
      await pause(PAUSE_WHEN_FULL_MS);
    }
  }
}

function answerLine(line: number, item: IntakeItem): string {
  return `${JSON.stringify({ line, ...item })}\n`;
}

function lastLine(line: number, problem: HttpProblem, requestId: string): string {
  const retryAfter = problem.headers["retry-after"];
  return `${JSON.stringify({
    line,
    result: "stopped",
    problem: problemBody(problem, requestId),
    retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
  })}\n`;
}

const NEWLINE = 0x0a;

/** Groups of lines as they arrive. A line that is too long is skipped to its end, and stands there as unreadable. */
async function* linesOf(payload: Readable): AsyncGenerator<Line[], void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let skipping = false;
  let line = 0;
  let lines: Line[] = [];
  const finish = (end: Buffer) => {
    line++;
    const bytes = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    if (skipping || bytes.length > LINE_MAX_BYTES) lines.push({ line, value: tooLong() });
    else if (!isBlank(bytes)) lines.push({ line, value: parseLine(bytes) });
    [rest, restBytes, skipping] = [[], 0, false];
  };
  for await (const chunk of chunksOf(payload)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      finish(chunk.subarray(start, end));
      start = end + 1;
      if (lines.length < GROUP_MAX_LINES) continue;
      yield lines;
      lines = [];
    }
    restBytes += chunk.length - start;
    if (restBytes > LINE_MAX_BYTES) [rest, skipping] = [[], true];
    else rest.push(chunk.subarray(start));
    if (lines.length === 0) continue;
    yield lines;
    lines = [];
  }
  if (restBytes > 0) finish(Buffer.alloc(0));
  if (lines.length > 0) yield lines;
}

async function* chunksOf(payload: Readable): AsyncGenerator<Buffer> {
  try {
    // Destroying it would end the connection before the last answer.
    yield* payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(error);
  }
}

function tooLong(): UnreadableLine {
  return new UnreadableLine(`The line is longer than ${LINE_MAX_BYTES} bytes.`);
}
