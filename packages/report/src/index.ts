export * from "./error.ts";
export * from "./evaluation.ts";
