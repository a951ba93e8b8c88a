export * from "./call.ts";
export * from "./decode.ts";
export * from "./error.ts";
export { type CallEvent, readEvent } from "./gen-ai.ts";
export type { MessageFacts } from "./messages.ts";
export * from "./model.ts";
export * from "./normalise.ts";
export { text } from "./reading.ts";
export { supplierOf } from "./vocabulary.ts";
