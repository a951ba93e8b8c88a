/**
 * Writes the tables that the client needs at run time, so that a browser loads neither the contract nor zod.
 * `node tools/emit-routes.ts` writes them; with `--check` it only fails where they would change.
 */
import { readFile, writeFile } from "node:fs/promises";

import {
  ACCESS_ROLES,
  DECISION_FLAGS,
  type Endpoint,
  KEY_SCOPES,
  operations,
  PAGE_MAX_ITEMS,
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
  PERMISSIONS,
  recordEndpoints,
  ROLE_PERMISSIONS,
  ACTIVITY_ACTORS,
  ACTIVITY_GROUPS,
  DIGESTS,
  NOTIFICATION_KINDS,
  TASK_KINDS,
  TASK_VIEWS,
  WEBHOOK_EVENTS,
} from "@steward/contract";
import { registers } from "@steward/registers";

type Route = readonly [method: string, path: string];

const TARGET = new URL("../packages/client/src/generated/routes.ts", import.meta.url);

function routeOf({ method, path }: Pick<Endpoint, "method" | "path">): Route {
  return [method, path];
}

function operationRoutes(): Record<string, Route> {
  const routes: Record<string, Route> = {};
  for (const [key, endpoint] of Object.entries(operations)) routes[key] = routeOf(endpoint as unknown as Endpoint);
  return routes;
}

/** All registers share one shape, so one table of suffixes serves them all; this fails where one differs. */
function registerRoutes(): Record<string, Route> {
  const routes: Record<string, Route> = {};
  for (const { kind, path } of registers) {
    for (const [operation, endpoint] of Object.entries(recordEndpoints[kind] ?? {})) {
      const route: Route = [endpoint.method, endpoint.path.slice(path.length + 1)];
      const known = (routes[operation] ??= route);
      if (known.join(" ") !== route.join(" ")) throw new Error(`${operation} of ${kind} differs from other registers.`);
    }
  }
  return routes;
}

function table(name: string, comment: string, value: unknown): string {
  // Pairs of method and path read best on one line.
  const text = JSON.stringify(value, null, 2).replaceAll(/\[\n\s+("[A-Z]+"),\n\s+("[^"]*")\n\s+\]/g, "[$1, $2]");
  return `/** ${comment} */\nexport const ${name} = ${text} as const;\n`;
}

function generate(): string {
  const scopes = Object.fromEntries(Object.entries(KEY_SCOPES).map(([scope, { meaning }]) => [scope, meaning]));
  return [
    "// Written by tools/emit-routes.ts from the contract. Do not edit.\n",
    table("ROUTES", "Method and path of each operation, below /api/v1.", operationRoutes()),
    table(
      "REGISTER_ROUTES",
      "Method, and path below the register's own, of what can be done with a register.",
      registerRoutes(),
    ),
    table(
      "REGISTER_PATHS",
      "Path of each register by its kind.",
      Object.fromEntries(registers.map(({ kind, path }) => [kind, path])),
    ),
    table("DECISION_FLAGS", "What each flag of a decision means.", DECISION_FLAGS),
    table("PERMISSIONS", "What each permission allows.", PERMISSIONS),
    table("ACCESS_ROLES", "What each access role is for.", ACCESS_ROLES),
    table("ROLE_PERMISSIONS", "What each access role may do.", ROLE_PERMISSIONS),
    table("KEY_SCOPES", "What each scope of an API key allows.", scopes),
    table("ACTIVITY_ACTORS", "Who can act.", ACTIVITY_ACTORS),
    table("ACTIVITY_GROUPS", "What acts are about.", ACTIVITY_GROUPS),
    table("NOTIFICATION_KINDS", "What people are told of.", NOTIFICATION_KINDS),
    table("DIGESTS", "How often by mail.", DIGESTS),
    table("TASK_KINDS", "What each kind of task is about.", TASK_KINDS),
    table("TASK_VIEWS", "Whose tasks each view shows.", TASK_VIEWS),
    table("WEBHOOK_EVENTS", "What each event of a webhook says.", WEBHOOK_EVENTS),
    table("PASSWORD_CHARS", "Shortest and longest password.", {
      minimum: PASSWORD_MIN_CHARS,
      maximum: PASSWORD_MAX_CHARS,
    }),
    table("PAGE_MAX", "Most items of one page.", PAGE_MAX_ITEMS),
  ].join("\n");
}

const text = generate();
if (process.argv.includes("--check")) {
  const present = await readFile(TARGET, "utf8").catch(() => "");
  if (present !== text) {
    console.error("packages/client/src/generated/routes.ts is out of date: run `node tools/emit-routes.ts`.");
    process.exitCode = 1;
  }
} else {
  await writeFile(TARGET, text);
}
