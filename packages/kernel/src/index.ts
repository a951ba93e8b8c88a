export * from "./canonical.ts";
export * from "./clock.ts";
export * from "./error.ts";
export * from "./ids.ts";
