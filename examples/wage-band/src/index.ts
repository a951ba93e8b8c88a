export { predictionsCsv } from "./evaluate.ts";
export * from "./model.ts";
export * from "./people.ts";
export * from "./run.ts";
