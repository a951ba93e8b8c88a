import { REGISTER_PATHS, type RegisterPath } from "@steward/client";
import { createRoute, lazyRouteComponent, notFound } from "@tanstack/react-router";

import { type RegisterFilter, registersQuery } from "../../data/registers.ts";
import { appRoute, textOf } from "../../routes.tsx";

/** The register of an address; any other word is a page that does not exist. */
function registerPath(path: string): RegisterPath {
  const known = Object.values(REGISTER_PATHS).find((candidate) => candidate === path);
  if (known === undefined) throw notFound();
  return known;
}

const params = {
  parse: ({ path }: { path: string }) => ({ path: registerPath(path) }),
  stringify: ({ path }: { path: RegisterPath }) => ({ path }),
};

export const registerRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/registers/$path",
  params,
  validateSearch: (search: Record<string, unknown>): Omit<RegisterFilter, "asOf"> => ({
    q: textOf(search.q),
    sort: textOf(search.sort),
    withdrawn: search.withdrawn === "include" ? "include" : undefined,
    where: textOf(search.where),
  }),
  loader: async ({ context }) => context.queryClient.ensureQueryData(registersQuery),
  staticData: { movesInTime: true },
  component: lazyRouteComponent(async () => import("./register-page.tsx"), "RegisterPage"),
});

/** A new record; fields named in the address are filled in. */
export const newRecordRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/registers/$path/new",
  params,
  validateSearch: (
    search: Record<string, unknown>,
  ): { systemId?: string | undefined; controlId?: string | undefined } => ({
    systemId: textOf(search.systemId),
    controlId: textOf(search.controlId),
  }),
  loader: async ({ context }) => context.queryClient.ensureQueryData(registersQuery),
  component: lazyRouteComponent(async () => import("./new-record-page.tsx"), "NewRecordPage"),
});

export const importRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/registers/$path/import",
  params,
  loader: async ({ context }) => context.queryClient.ensureQueryData(registersQuery),
  component: lazyRouteComponent(async () => import("./import-page.tsx"), "ImportPage"),
});

export const recordRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/registers/$path/$id",
  params: {
    parse: ({ path, id }: { path: string; id: string }) => ({ path: registerPath(path), id }),
    stringify: ({ path, id }: { path: RegisterPath; id: string }) => ({ path, id }),
  },
  validateSearch: (search: Record<string, unknown>): { edit?: string | undefined } => ({
    edit: search.edit === "yes" ? "yes" : undefined,
  }),
  loader: async ({ context }) => context.queryClient.ensureQueryData(registersQuery),
  staticData: { movesInTime: true },
  component: lazyRouteComponent(async () => import("./record-page.tsx"), "RecordPage"),
});

export const registerRoutes = [registerRoute, newRecordRoute, importRoute, recordRoute];
