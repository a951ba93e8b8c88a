export * from "./merkle-verify.ts";
