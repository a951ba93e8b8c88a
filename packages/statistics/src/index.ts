export * from "./distributions.ts";
export * from "./drift.ts";
export * from "./gamma.ts";
export * from "./judgement.ts";
export * from "./kolmogorov.ts";
export * from "./random.ts";
export * from "./sequential.ts";
export * from "./share.ts";
