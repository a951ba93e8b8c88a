import { StewardError } from "@steward/kernel";

/** `template_failed`: a document could not be set, which is a mistake of ours and never of who asked for it. */
export type ReportErrorCode = "template_failed";

export class ReportError extends StewardError<ReportErrorCode> {}
