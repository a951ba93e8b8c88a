/** The verifier, for whoever only reads: the browser, an auditor's script. Small, because it leaves the writer out. */
export { LedgerError } from "./error.ts";
export type { LedgerErrorCode } from "./error.ts";
export type { Checkpoint } from "./checkpoint.ts";
export type { Body, OpenField } from "./commitment.ts";
export type { Entry } from "./entry.ts";
export type { PackReader } from "./pack.ts";
export type { Finding, FindingCode } from "./verify/finding.ts";
export type { Witnessed } from "./verify/signed-sizes.ts";
export * from "./verify/verify-pack.ts";
export * from "./verify/verify-receipt.ts";
