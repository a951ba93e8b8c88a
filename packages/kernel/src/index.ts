export * from "./canonical.ts";
export * from "./clock.ts";
export * from "./error.ts";
export * from "./ids.ts";
export * from "./time-zone.ts";
export * from "./working-days.ts";
export * from "./words.ts";
