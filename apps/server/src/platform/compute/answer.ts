/** The thread's side: answers questions for as long as it lives. */
import { parentPort, workerData } from "node:worker_threads";

import { loadCatalogue } from "@steward/catalogue";
import { systemClock } from "@steward/kernel";

import { DatabaseError } from "../database/errors.ts";
import { createKysely, createPool } from "../database/pool.ts";
import type { Tables } from "../database/schema.ts";
import { directoryKeyStore } from "../ledger/keys.ts";
import { createLogger } from "../log/log.ts";
import type { Computations } from "./compute.ts";
import type { Answer, Question, ThreadSetUp } from "./thread.ts";

/** Facts are loaded by several queries at a time; more connections would take the server's own turn. */
const POOL_SIZE = 4;

/** Reads questions from the thread that started this one. */
export function answerQuestions(computations: Computations): void {
  const { connection, keysDir, logLevel } = workerData as ThreadSetUp;
  const db = createKysely<Tables>(createPool(connection, createLogger({ level: logLevel }), { size: POOL_SIZE }));
  const [clock, keys] = [systemClock(), directoryKeyStore(keysDir)];
  const context = loadCatalogue().then((catalogue) => ({ db, catalogue, clock, keys }));
  const answer = async ({ id, name, input }: Question): Promise<Answer> => {
    try {
      return { id, value: await computations[name]?.(await context, input) };
    } catch (error) {
      const { message, stack } = error as Error;
      return { id, failed: { message, stack, code: error instanceof DatabaseError ? error.code : null } };
    }
  };
  parentPort?.on("message", async (question: Question) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(await answer(question));
  });
}
