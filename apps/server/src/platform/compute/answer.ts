/** The computing process's side: answers questions for as long as it lives. */
import { loadCatalogue } from "@steward/catalogue";
import { systemClock } from "@steward/kernel";

import { DatabaseError } from "../database/errors.ts";
import { createKysely, createPool } from "../database/pool.ts";
import type { Tables } from "../database/schema.ts";
import { directoryKeyStore } from "../ledger/keys.ts";
import { createLogger } from "../log/log.ts";
import { listenToParent, tellParent } from "./child-side.ts";
import type { Computations, ComputeContext } from "./compute.ts";
import type { Answer, ProcessSetUp, Question } from "./process.ts";

/** Facts are loaded by several queries at a time; more connections would take the server's own turn. */
const POOL_SIZE = 4;

/** Reads the set-up and then questions from the process that started this one. */
export function answerQuestions(computations: Computations): void {
  let context: Promise<ComputeContext> | undefined;
  const answer = async ({ id, name, input }: Question): Promise<Answer> => {
    try {
      return { id, value: await computations[name]?.((await context) as ComputeContext, input) };
    } catch (error) {
      const { message, stack } = error as Error;
      return { id, failed: { message, stack, code: error instanceof DatabaseError ? error.code : null } };
    }
  };
  listenToParent<ProcessSetUp | Question>(async (message) => {
    if ("connection" in message) context = contextOf(message);
    else tellParent(await answer(message));
  });
}

async function contextOf({ connection, keysDir, logLevel }: ProcessSetUp): Promise<ComputeContext> {
  const db = createKysely<Tables>(createPool(connection, createLogger({ level: logLevel }), { size: POOL_SIZE }));
  return { db, catalogue: await loadCatalogue(), clock: systemClock(), keys: directoryKeyStore(keysDir) };
}
