import { StewardError } from "@steward/kernel";

/**
 * - `bad_rule`: a rule file does not fit the rule format.
 * - `bad_root`: the path to scan is not a readable directory or file.
 * - `bad_document`: a document to import is not what it should be.
 * - `bad_condition`: a --fail-on condition is unknown or lacks its baseline.
 */
export type DiscoveryErrorCode = "bad_rule" | "bad_root" | "bad_document" | "bad_condition";

export class DiscoveryError extends StewardError<DiscoveryErrorCode> {}
