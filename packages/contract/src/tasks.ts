/** Tasks: what is to do, by whom and until when, opened and closed by what happens to their source. */
import { idSchema, instantSchema, paragraphsSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, mayItemSchema, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const TASK_KINDS = {
  drift: "Drift of the inventory",
  alert: "Alert of a monitor",
  evaluation: "Failed evaluation",
  model_review: "Changed model of a vendor",
  expiring: "Approval or evidence that ends",
  approval: "Decision asked for",
  status_gap: "Requirement that lost its evidence",
} as const;
export type TaskKind = keyof typeof TASK_KINDS;
const kindSchema = z.enum(Object.keys(TASK_KINDS) as [TaskKind, ...TaskKind[]]);

export const TASK_VIEWS = {
  mine: "Mine",
  escalated: "Escalated to me",
  unassigned: "Nobody's",
  all: "All",
} as const;
export type TaskView = keyof typeof TASK_VIEWS;

/** A person in a comment: `@[id]`, so that no name stands in the text. */
export const MENTION = /@\[([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\]/g;
export const MENTIONS_MAX = 20;
export const COMMENT_MAX_CHARS = 4000;

const personSchema = z.object({
  id: idSchema,
  name: z.string().nullable().meta({ description: "As known now; null once erased." }),
});

export const taskSchema = z.object({
  id: idSchema,
  kind: kindSchema,
  state: z.enum(["open", "closed"]),
  title: z.string(),
  todo: z.string().meta({ description: "What closes it." }),
  source: z
    .object({ kind: z.string(), id: z.string() })
    .meta({ description: "What it is about; what happens there closes it." }),
  systemId: idSchema.nullable(),
  systemName: z.string().nullable(),
  assignee: personSchema.nullable(),
  permission: z
    .string()
    .nullable()
    .meta({ description: "Where nobody is named: whoever holds this permission, except who asked." }),
  since: instantSchema,
  dueAt: instantSchema,
  overdue: z.boolean(),
  workingDaysLeft: z.number().int().meta({ description: "Until it is due; negative since it was." }),
  escalatedAt: instantSchema.nullable(),
  escalatedTo: personSchema.nullable(),
  closedAt: instantSchema.nullable(),
  comments: z.number().int(),
});
export type Task = z.infer<typeof taskSchema>;

export const taskCommentSchema = z.object({
  id: idSchema,
  author: personSchema,
  text: z.string().meta({ description: "People are mentioned as @[id]." }),
  mentions: z.array(personSchema),
  at: instantSchema,
  ledgerIndex: z.number().int(),
});
export type TaskComment = z.infer<typeof taskCommentSchema>;

export const taskDetailSchema = taskSchema.extend({
  events: z.array(
    z.object({
      event: z.enum(["opened", "closed", "assigned", "escalated"]),
      at: instantSchema,
      actor: actorSchema,
      from: personSchema.nullable(),
      to: personSchema.nullable(),
      reason: z.string().nullable(),
      ledgerIndex: z.number().int(),
    }),
  ),
  discussion: z.array(taskCommentSchema),
  may: z.object({ assign: mayItemSchema, comment: mayItemSchema }),
});
export type TaskDetail = z.infer<typeof taskDetailSchema>;

const tag = "Tasks";
export const taskEndpoints = {
  listTasks: endpoint({
    operationId: "listTasks",
    method: "GET",
    path: "/tasks",
    tag,
    summary: "Tasks, the earliest deadline first; closed ones newest first",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      view: z.enum(Object.keys(TASK_VIEWS) as [TaskView, ...TaskView[]]).default("all"),
      state: z.enum(["open", "closed"]).default("open"),
      kind: kindSchema.optional(),
      systemId: idSchema.optional(),
    }),
    response: pageOf(taskSchema),
  }),
  countTasks: endpoint({
    operationId: "countTasks",
    method: "GET",
    path: "/task-counts",
    tag,
    summary: "How many open tasks the caller has to look after",
    access: "records.read",
    response: z.object({
      mine: z.number().int(),
      overdue: z.number().int().meta({ description: "Of the caller's." }),
      escalated: z.number().int(),
      unassigned: z.number().int(),
      all: z.number().int(),
    }),
  }),
  getTask: endpoint({
    operationId: "getTask",
    method: "GET",
    path: "/tasks/:id",
    tag,
    summary: "One task with its history and discussion",
    access: "records.read",
    params: idParams,
    response: taskDetailSchema,
  }),
  assignTask: endpoint({
    operationId: "assignTask",
    method: "POST",
    path: "/tasks/:id/assignment",
    tag,
    summary: "Take a task, or hand it to somebody else",
    access: "tasks.act",
    systems: "free",
    params: idParams,
    body: z.strictObject({ personId: idSchema.nullable(), reason: reasonSchema.nullable().optional() }),
    response: taskDetailSchema,
  }),
  commentTask: endpoint({
    operationId: "commentTask",
    method: "POST",
    path: "/tasks/:id/comments",
    tag,
    summary: "Say something about a task; people mentioned as @[id] are told",
    access: "tasks.act",
    systems: "free",
    params: idParams,
    body: z.strictObject({ text: paragraphsSchema(COMMENT_MAX_CHARS) }),
    response: taskDetailSchema,
    status: 201,
  }),
};
