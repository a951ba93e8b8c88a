export * from "./error.ts";
export * from "./scan.ts";
export * from "./types.ts";
