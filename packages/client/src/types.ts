/** Inputs and outputs of every operation, inferred from the contract. Types only: nothing of it reaches run time. */
import type { Endpoint, operations } from "@steward/contract";

type Operations = typeof operations;

export type OperationName = keyof Operations;

/** What zod keeps of a schema for the type system. */
interface Schema {
  readonly _zod: { readonly input: unknown; readonly output: unknown };
}
type Output<S> = S extends Schema ? S["_zod"]["output"] : never;
/** Coerced parameters accept anything; whoever calls in TypeScript gives what they become. */
type Input<S> = S extends Schema ? Precise<S["_zod"]["input"], S["_zod"]["output"]> : never;
type Precise<I, O> = I extends readonly unknown[]
  ? I
  : I extends object
    ? { [K in keyof I]: unknown extends I[K] ? (K extends keyof O ? O[K] : I[K]) : I[K] }
    : I;

type Part<Name extends string, S> = [Input<S>] extends [never]
  ? { [K in Name]?: never }
  : Record<never, never> extends Input<S>
    ? { [K in Name]?: Input<S> }
    : { [K in Name]: Input<S> };

/** Beside the contract's own inputs, every call can be cancelled. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** ETag of the version that was read, where the operation changes it. */
  ifMatch?: string | undefined;
}

type InputOf<E> =
  E extends Endpoint<infer P, infer Q, infer B>
    ? Part<"params", P> & Part<"query", Q> & Part<"body", B> & CallOptions
    : never;

export type OperationInput<Name extends OperationName> = InputOf<Operations[Name]>;
export type OperationOutput<Name extends OperationName> =
  Operations[Name] extends Endpoint<infer _P, infer _Q, infer _B, infer R> ? Output<R> : never;

/** A function per operation; the input may be left out where nothing in it is required. */
export type OperationCalls = {
  [Name in OperationName]: Record<never, never> extends OperationInput<Name>
    ? (input?: OperationInput<Name>) => Promise<OperationOutput<Name>>
    : (input: OperationInput<Name>) => Promise<OperationOutput<Name>>;
};
