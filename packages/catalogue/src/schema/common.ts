/** Building blocks of the catalogue's schemas. Every object is strict, so that a misspelt key is an error. */
import { z } from "zod";

export const text = z.string().min(1);
export const texts = z.array(text);
/** `prefix:reference`, unique in the whole catalogue. */
export const id = z.string().regex(/^[a-z][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9.()-]*$/, "Expected prefix:reference.");
export const ids = z.array(id);
export const requirementId = z.string().regex(/^iso42001:(A\.)?\d+(\.\d+)*$/, "Expected a clause or control id.");
export const requirementIds = z.array(requirementId);
export const articles = z.array(z.string().regex(/^eu-ai-act:/, "Expected an EU AI Act reference."));
export const testId = z.string().regex(/^T-((A\.)?\d+(\.\d+)*-\d+|AG-\d{2})$/, "Expected a test id such as T-4.1-1.");
export const testIds = z.array(testId);
export const parameterName = z.string().regex(/^[A-Z][A-Z0-9_]+$/, "Expected a parameter name in capitals.");
export const count = z.int().min(0);
/** A day, or a month where the day is not known. */
export const day = z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/, "Expected a date such as 2026-08-02.");

/** How well an entry is verified; README.md says what each mark means. */
export const mark = z.enum(["v3", "v2", "v1", "t", "i", "k", "p", "u"]);
/** Marks of the parts of an entry that mixes several. */
export const marks = z.record(text, mark);

/** Two readings exist in public; which one is used here. */
export const chosenReadings = z.array(z.strictObject({ topic: text, otherReadings: texts, weUse: text }));

/** The head of every file; `counts` are checked against the content. */
export function meta<C extends readonly string[], E extends z.ZodRawShape = Record<never, never>>(
  countNames: C,
  extra?: E,
) {
  return z.strictObject({
    title: text,
    statusDate: day,
    evidenceUntil: day,
    counts: z.strictObject(
      Object.fromEntries(countNames.map((name) => [name, count])) as Record<C[number], typeof count>,
    ),
    notes: texts,
    ...((extra ?? {}) as E),
  });
}

/** A catalogue file: its shape, and what its declared counts must come to. */
export interface CatalogueFile<S extends z.ZodType> {
  readonly schema: S;
  readonly counts: (content: z.infer<S>) => Readonly<Record<string, number>>;
}

export function catalogueFile<S extends z.ZodType>(
  schema: S,
  counts: (content: z.infer<S>) => Readonly<Record<string, number>>,
): CatalogueFile<S> {
  return { schema, counts };
}
