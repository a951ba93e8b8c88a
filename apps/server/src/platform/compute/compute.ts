/**
 * Heavy reading and computing that must not hold up requests. A feature declares its computations as functions of a
 * context and plain data; a running server does them in a process of its own (process.ts), a tool or a test in its own.
 */
import type { Catalogue } from "@steward/catalogue";
import type { Clock } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../database/schema.ts";
import type { KeyStore } from "../ledger/keys.ts";

/** What every computation may read. It writes nothing. */
export interface ComputeContext {
  readonly db: Kysely<Tables>;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly keys: KeyStore;
}

/** Arguments and answers cross to another process, so they are plain data. */
// oxlint-disable-next-line typescript/no-explicit-any -- each declaration has types of its own, which Computer keeps
export type Computations = Readonly<Record<string, (context: ComputeContext, input: any) => Promise<unknown>>>;

/** The same functions for a caller who knows nothing of the context. */
export type Computer<C extends Computations> = {
  readonly [K in keyof C]: (input: Parameters<C[K]>[1]) => ReturnType<C[K]>;
};

/** A computer that calls `run` with the name of what is asked for. */
export function computerOf<C extends Computations>(
  computations: C,
  run: (name: keyof C & string, input: unknown) => Promise<unknown>,
): Computer<C> {
  const names = Object.keys(computations) as (keyof C & string)[];
  return Object.fromEntries(names.map((name) => [name, (input: unknown) => run(name, input)])) as Computer<C>;
}

/** Computes in the caller's own process. */
export function computeHere<C extends Computations>(computations: C, context: ComputeContext): Computer<C> {
  return computerOf(computations, async (name, input) => computations[name]?.(context, input));
}
