import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { fieldMessage } from "./field-messages.ts";

beforeAll(() => void z.config({ customError: fieldMessage }));
afterAll(() => void z.config({ customError: undefined }));

it.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, "This is required."],
  [z.enum(["a", "b"]), undefined, "This is required."],
  [z.string(), 1, "This must be text."],
  [z.string(), null, "This must be text."],
  [z.int(), 0.5, "This must be a whole number."],
  [z.boolean(), "yes", "This must be true or false."],
  [z.array(z.string()), {}, "This must be a list."],
  [z.record(z.string(), z.string()), [], "This must be an object."],
  [z.enum(["a", "b"]), "c", "Choose one of a, b."],
  [z.literal("v1"), "v2", "This must be v1."],
  [z.email(), "x", "This is not an e-mail address."],
  [z.iso.date(), "yesterday", "Give a date as in 2026-03-10."],
  [z.string().min(1), "", "This must not be empty."],
  [z.string().max(2000), "x".repeat(2001), "This must have at most 2,000 characters."],
  [z.array(z.string()).max(1), ["a", "b"], "This must have at most 1 entry."],
  [z.int().min(3), 2, "This must be at least 3."],
  [z.number().gt(3), 3, "This must be more than 3."],
  [z.number().multipleOf(5), 3, "This must be a multiple of 5."],
  [z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]), { kind: "z" }, "This must be a."],
  [z.string().min(3, "Say more."), "x", "Say more."],
])("a field says in a sentence what is wrong with it: %#", (schema, value, message) => {
  expect(schema.safeParse(value).error?.issues[0]?.message).toBe(message);
});
