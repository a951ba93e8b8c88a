/** What a server's register says that an AI system is made of. */
import type { Component, Kind } from "@steward/discovery";

import { call, type Server } from "../server.ts";

/** A page of the register at a time. */
const PAGE_ITEMS = 100;

/** Traces of a component's use, which are no component themselves: the register has no place for them. */
const TRACES: ReadonlySet<Kind> = new Set(["prompt", "endpoint", "credential", "ci"]);

/**
 * Tells of a component whether the register names it: by its own name, or, for a supplier, as the supplier of the
 * system or of one of its components. Case and the kind of separator do not matter.
 * @throws UsageError where the server does not answer, or the key may not read records.
 */
export async function readRegister(server: Server, systemId: string): Promise<(component: Component) => boolean> {
  return call(server, async (client) => {
    const { record: system } = await client.records("systems").get(systemId);
    const names = new Set<string>();
    const suppliers = new Set(textsOf(system.values["supplier"]));
    let cursor: string | null = null;
    do {
      const page = await client.records("components").list({
        limit: PAGE_ITEMS,
        where: { systemId },
        ...(cursor === null ? {} : { cursor }),
      });
      for (const { values } of page.items) {
        for (const name of textsOf(values["name"])) names.add(name);
        for (const supplier of textsOf(values["supplier"])) suppliers.add(supplier);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    return ({ kind, name }) => {
      if (TRACES.has(kind)) return true;
      const wanted = normal(name);
      return names.has(wanted) || (kind === "provider" && suppliers.has(wanted));
    };
  });
}

function textsOf(value: unknown): string[] {
  return typeof value === "string" ? [normal(value)] : [];
}

function normal(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, "-");
}
