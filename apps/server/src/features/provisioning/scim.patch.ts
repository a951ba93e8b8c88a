/** PATCH (RFC 7644, section 3.5.2), as providers really send it. */
import { SCIM_SCHEMAS, type ScimPatch } from "@steward/contract";
import { ScimError, scimPatch, type ScimPatchOperation, type ScimResource } from "scim-patch";
import type { z } from "zod";

import { fieldErrors, HttpProblem } from "../../platform/http/problem.ts";
import { ScimProblem } from "./scim.errors.ts";

/** Names by which JavaScript objects reach what all of them share. */
const REACHES_OUT = /(^|[^A-Za-z0-9])(__proto__|constructor|prototype)($|[^A-Za-z0-9])/;

/** What the document is after the operations. @throws ScimProblem, or HttpProblem `invalid` naming the attribute */
export function patched<S extends z.ZodType>(document: object, patch: ScimPatch, schema: S): z.output<S> {
  if (!patch.schemas.some((urn) => urn.toLowerCase() === SCIM_SCHEMAS.patch.toLowerCase())) {
    throw new ScimProblem("malformed", "invalidSyntax", `The schemas of a PATCH name ${SCIM_SCHEMAS.patch}.`);
  }
  const operations = patch.Operations.map((operation) => plainOperation(operation));
  let result: unknown;
  try {
    result = scimPatch(structuredClone(document) as ScimResource, operations);
  } catch (cause) {
    if (cause instanceof ScimProblem) throw cause;
    const scimType = cause instanceof ScimError && /target/i.test(cause.constructor.name) ? "noTarget" : "invalidPath";
    // The library fails in many ways on a path that leads nowhere; the document is a copy, so nothing is half done.
    throw new ScimProblem("invalid", scimType, "These operations cannot be carried out on this resource.", cause);
  }
  const read = schema.safeParse(result);
  if (read.success) return read.data;
  throw new HttpProblem("invalid", "What this would leave is not a valid resource.", {
    errors: fieldErrors(read.error, "body"),
  });
}

function plainOperation({ op, path, value }: ScimPatch["Operations"][number]): ScimPatchOperation {
  // Entra ID writes Add, Replace and Remove.
  const verb = op.toLowerCase();
  if (path !== undefined && path !== null && REACHES_OUT.test(path)) throw noPath(path);
  refuseNames(value, 0);
  if (verb === "remove" && !path) {
    throw new ScimProblem("invalid", "noTarget", "A remove operation names what to remove in its path.");
  }
  const members = path?.toLowerCase() === "members";
  const plain = members ? plainMembers(value) : isObject(value) ? withPlainMembers(value) : value;
  return {
    op: verb,
    ...(path ? { path: members ? "members" : path } : {}),
    ...(plain === undefined ? {} : { value: plain }),
  } as ScimPatchOperation;
}

function withPlainMembers(value: Record<string, unknown>): Record<string, unknown> {
  return value["members"] === undefined ? value : { ...value, members: plainMembers(value["members"]) };
}

/** Members by their ids alone: providers add names and addresses, and whom they remove must be recognised. */
function plainMembers(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((member) => {
    if (isObject(member) && typeof member["value"] === "string") return { value: member["value"].toLowerCase() };
    throw new ScimProblem("invalid", "invalidValue", "Name members by their ids, as value.");
  });
}

const DEPTH_MAX = 20;

function refuseNames(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > DEPTH_MAX) throw new ScimProblem("invalid", "invalidValue", "This value is nested too deep.");
  for (const [key, item] of Object.entries(value)) {
    if (REACHES_OUT.test(key)) throw noPath(key);
    refuseNames(item, depth + 1);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noPath(path: string): ScimProblem {
  return new ScimProblem("invalid", "invalidPath", `There is no attribute ${path}.`);
}
