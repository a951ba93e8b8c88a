export * from "./catalogue.ts";
export * from "./crosswalks.ts";
export * from "./error.ts";
export type { CatalogueContent, CataloguePath } from "./files.ts";
export * from "./load.ts";
export { STRENGTHS } from "./schema/standards.ts";
export type { Strength } from "./schema/standards.ts";
