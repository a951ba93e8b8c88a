/** Shapes that many endpoints share. */
import { idSchema, instantSchema, lineSchema, paragraphsSchema } from "@steward/registers";
import { z } from "zod";

/** RFC 9457 problem details, as every error answers. */
export const problemSchema = z.object({
  type: z.string().meta({ description: "URN that names the kind of problem." }),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  instance: z.string().optional().meta({ description: "Id of the request, as in the server's log." }),
  errors: z
    .array(
      z.object({
        pointer: z.string().meta({ description: "JSON Pointer to the field, or the name of the parameter." }),
        message: z.string(),
        in: z.enum(["body", "query", "path", "header"]),
      }),
    )
    .optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const idParams = z.object({ id: idSchema });

export const actorSchema = z.object({
  kind: z.enum(["person", "key", "system"]),
  id: z.string(),
  name: z.string().nullable().meta({ description: "As known now; null once erased." }),
});
export type Actor = z.infer<typeof actorSchema>;

/** Pages are cut by a key, not by an offset: the cursor says where the last page ended. */
export const PAGE_DEFAULT_ITEMS = 50;
export const PAGE_MAX_ITEMS = 200;

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX_ITEMS).default(PAGE_DEFAULT_ITEMS),
  cursor: z.string().max(2000).optional(),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "Give it as `cursor` to read on; null at the end." }),
    total: z.number().int().nullable().meta({ description: "Number of all matches, where it is cheap to know." }),
  });
}

export const asOfQuery = z.object({
  asOf: instantSchema.optional().meta({ description: "Answer as things stood at this moment (RFC 3339)." }),
});

/** Whether the caller may do a thing, and if not, why: a screen shows the reason beside the disabled control. */
export const mayItemSchema = z.object({ allowed: z.boolean(), reason: z.string().nullable() });
export type May = z.infer<typeof mayItemSchema>;

export const reasonSchema = paragraphsSchema(2000);
export const nameSchema = lineSchema(200);
export const emptySchema = z.object({});
