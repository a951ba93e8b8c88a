/** Puts the HTTP side together: platform first, then every feature's routes. */
import type { Catalogue } from "@steward/catalogue";
import type { Clock } from "@steward/kernel";
import type { FastifyInstance } from "fastify";
import type { Kysely } from "kysely";
import type { Logger } from "pino";

import type { ServerComputer } from "./compute.ts";
import { auditorWitness } from "./features/access/access.auditors.ts";
import { createAuthenticator } from "./features/access/access.authenticator.ts";
import { accessRoutes } from "./features/access/access.routes.ts";
import { attachmentRoutes } from "./features/attachments/attachments.routes.ts";
import { activityRoutes } from "./features/activity/activity.routes.ts";
import { createIntake } from "./features/decisions/decisions.intake.ts";
import { decisionRoutes } from "./features/decisions/decisions.routes.ts";
import { drillRoutes } from "./features/drills/drills.routes.ts";
import { outcomeRoutes } from "./features/outcomes/outcomes.routes.ts";
import { servedRoutes } from "./features/served/served.routes.ts";
import { evaluationReportRoutes } from "./features/evaluation-reports/evaluation-reports.routes.ts";
import { evaluationRoutes } from "./features/evaluations/evaluations.routes.ts";
import { inventoryRoutes } from "./features/inventory/inventory.routes.ts";
import type { LedgerComputer } from "./features/ledger/ledger.compute.ts";
import { ledgerRoutes } from "./features/ledger/ledger.routes.ts";
import { monitorRoutes } from "./features/monitors/monitors.routes.ts";
import { notificationRoutes } from "./features/notifications/notifications.routes.ts";
import { organisationRoutes } from "./features/organisations/organisations.routes.ts";
import { passkeyRoutes } from "./features/passkeys/passkeys.routes.ts";
import { provisioningRoutes, scimRoutes } from "./features/provisioning/scim.routes.ts";
import { recordRoutes } from "./features/records/records.routes.ts";
import { telemetryRoutes } from "./features/telemetry/telemetry.routes.ts";
import { singleSignOnRoutes } from "./features/single-sign-on/sso.routes.ts";
import { statusRoutes } from "./features/status/status.routes.ts";
import { subjectRoutes } from "./features/subjects/subjects.routes.ts";
import { taskRoutes } from "./features/tasks/tasks.routes.ts";
import { webhookRoutes } from "./features/webhooks/webhooks.routes.ts";
import type { Config } from "./platform/config/config.ts";
import type { Tables } from "./platform/database/schema.ts";
import type { EvidenceFiles } from "./platform/files/evidence-files.ts";
import { createRouter } from "./platform/http/bind.ts";
import { healthRoutes } from "./platform/http/health.ts";
import { openApiDocument } from "./platform/http/openapi.ts";
import { createHttpServer } from "./platform/http/server.ts";
import { serveWeb } from "./platform/http/static.ts";
import type { TlsMaterial } from "./platform/http/tls.ts";
import type { KeyStore } from "./platform/ledger/keys.ts";

export interface AppDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: KeyStore;
  readonly files: EvidenceFiles;
  readonly catalogue: Catalogue;
  readonly computer: ServerComputer;
  /** Verifies ledgers, which takes so long that statuses cannot wait for it. */
  readonly verifier: LedgerComputer;
  /** Certificate and key, where the server speaks TLS itself. */
  readonly tls?: TlsMaterial | undefined;
  readonly config: Pick<Config, "publicUrl" | "trustedProxies" | "metricsToken" | "webhookNetworks" | "mail">;
}

export interface App {
  readonly http: FastifyInstance;
  /** Operation ids that are served: the contract's must all be among them. */
  readonly bound: ReadonlySet<string>;
  /** The same for SCIM, which stands beside the API. Filled when the server is ready. */
  readonly scimBound: ReadonlySet<string>;
}

export async function createApp(deps: AppDeps): Promise<App> {
  const { config, log, db } = deps;
  const { publicUrl, trustedProxies } = config;
  const http = await createHttpServer({ log, publicUrl, trustedProxies, tls: deps.tls });
  healthRoutes(http, { db, metricsToken: config.metricsToken });
  const cookies = { secure: config.publicUrl.startsWith("https:") };
  const authenticator = createAuthenticator(deps, cookies);
  const router = createRouter(http, authenticator, auditorWitness(deps));
  const access = { ...cookies, publicUrl: () => publicAddress(http, config.publicUrl) };
  accessRoutes(router, deps, access);
  singleSignOnRoutes(router, deps, access);
  provisioningRoutes(router, deps, access);
  const scimBound = scimRoutes(http, deps, access);
  passkeyRoutes(router, deps, access);
  organisationRoutes(router, deps);
  recordRoutes(router, deps);
  const intake = createIntake(deps);
  http.addHook("onClose", async () => intake.close());
  decisionRoutes(router, deps, intake);
  outcomeRoutes(router, deps);
  servedRoutes(router, deps);
  drillRoutes(router, deps);
  evaluationRoutes(router, deps);
  evaluationReportRoutes(router, deps);
  telemetryRoutes(http, authenticator, deps, intake);
  inventoryRoutes(router, deps);
  monitorRoutes(router, deps);
  ledgerRoutes(router, deps);
  attachmentRoutes(router, deps);
  statusRoutes(router, deps);
  subjectRoutes(router, deps);
  taskRoutes(router, deps);
  activityRoutes(router, deps);
  notificationRoutes(router, deps);
  webhookRoutes(router, deps);
  const document = JSON.stringify(openApiDocument());
  http.get("/api/v1/openapi.json", async (_request, reply) => reply.type("application/json").send(document));
  if (!(await serveWeb(http))) log.warn("the web application is not built: run npm run build");
  return { http, bound: router.bound, scimBound };
}

/** The configured address; where it names port 0, the one that the system chose. */
export function publicAddress(http: FastifyInstance, configured: string): string {
  const address = http.server.address();
  if (address === null || typeof address === "string") return configured;
  const url = new URL(configured);
  if (url.port === "0") url.port = String(address.port);
  return url.origin;
}
