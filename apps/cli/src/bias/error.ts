import { StewardError } from "@steward/kernel";

/**
 * - `bad_file`: the file is missing, empty or cannot be read
 * - `bad_column`: a column is missing or does not hold what it must
 * - `bad_option`: an option contradicts another, the policy or the data
 */
export type BiasInputErrorCode = "bad_file" | "bad_column" | "bad_option";

/** What the user gave cannot be evaluated; the message says where and what to do. */
export class BiasInputError extends StewardError<BiasInputErrorCode> {}
