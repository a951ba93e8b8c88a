export * from "./model.ts";
export * from "./people.ts";
export * from "./run.ts";
