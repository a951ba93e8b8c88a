export * from "./classification.ts";
export * from "./disparities.ts";
export * from "./error.ts";
export * from "./policy.ts";
export * from "./report.ts";
export * from "./settings.ts";
export * from "./slices.ts";
export * from "./table.ts";
