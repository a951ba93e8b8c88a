import { StewardError } from "@steward/kernel";

/** `malformed`: what was sent is no OTLP request. */
export class TelemetryError extends StewardError<"malformed"> {}
