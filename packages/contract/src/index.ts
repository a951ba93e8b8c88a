import type { Endpoint } from "./endpoint.ts";
import { operations } from "./operations.ts";
import { recordEndpoints } from "./registers.ts";

export * from "./access.ts";
export * from "./attachments.ts";
export * from "./activity.ts";
export * from "./boms.ts";
export * from "./calendar.ts";
export * from "./common.ts";
export * from "./decision-ai.ts";
export * from "./decisions.ts";
export * from "./drift.ts";
export * from "./emergencies.ts";
export * from "./endpoint.ts";
export * from "./evaluation-reports.ts";
export * from "./evaluations.ts";
export * from "./inventory.ts";
export * from "./ledger.ts";
export * from "./monitors.ts";
export * from "./notifications.ts";
export * from "./operations.ts";
export * from "./outcomes.ts";
export * from "./passkeys.ts";
export * from "./permissions.ts";
export * from "./reconstruction.ts";
export * from "./registers.ts";
export * from "./scim.ts";
export * from "./second-factor.ts";
export * from "./session.ts";
export * from "./single-sign-on.ts";
export * from "./status.ts";
export * from "./subjects.ts";
export * from "./tasks.ts";
export * from "./webhooks.ts";

/** Every endpoint below /api/v1. */
export const endpoints: readonly Endpoint[] = [
  ...Object.values(operations),
  ...Object.values(recordEndpoints).flatMap((group) => Object.values(group)),
] as unknown as readonly Endpoint[];
