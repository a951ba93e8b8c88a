export * from "./call.ts";
export * from "./decode.ts";
export * from "./error.ts";
export * from "./model.ts";
export * from "./normalise.ts";
export { text } from "./reading.ts";
export { supplierOf } from "./vocabulary.ts";
