import { REGISTER_PATHS, ROUTES } from "./generated/routes.ts";
import { type RecordCalls, recordCalls } from "./records.ts";
import { type ClientOptions, createSend, type RequestInput } from "./request.ts";
import type { OperationCalls } from "./types.ts";

export type RegisterPath = (typeof REGISTER_PATHS)[keyof typeof REGISTER_PATHS];

export type Client = OperationCalls & {
  /** The calls on a register, by its path: `client.records("systems").list()`. */
  records(path: RegisterPath): RecordCalls;
};

/**
 * A client of one Steward server: `client.getRequirement({ params: { id: "A.6.2.8" } })`.
 * Every call rejects with an ApiProblem where it fails.
 */
export function createClient(options: ClientOptions = {}): Client {
  const send = createSend(options);
  const calls = Object.entries(ROUTES).map(([name, [method, path]]) => {
    const call = async (input: RequestInput = {}) => (await send(method, path, input)).value;
    return [name, call] as const;
  });
  return {
    ...(Object.fromEntries(calls) as unknown as OperationCalls),
    records: (path) => recordCalls(send, path),
  };
}
