import { StewardError } from "@steward/kernel";

/**
 * - `bad_table`: the cells cannot be what they say they are (a negative count, a key of the wrong length …)
 * - `bad_option`: an option contradicts another or lies out of range
 * - `bad_policy`: the policy does not say what must hold
 * - `bad_import`: the file of another tool is not of the form that tool writes
 */
export type FairnessErrorCode = "bad_table" | "bad_option" | "bad_policy" | "bad_import";

export class FairnessError extends StewardError<FairnessErrorCode> {}
