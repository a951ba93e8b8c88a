/** Errors in the form of SCIM (RFC 7644, section 3.12). */
import { SCIM_SCHEMAS } from "@steward/contract";

import { HttpProblem, type ProblemCode } from "../../platform/http/problem.ts";

/** What RFC 7644 calls the reasons that we give. */
export type ScimType =
  | "invalidFilter"
  | "invalidPath"
  | "invalidSyntax"
  | "invalidValue"
  | "mutability"
  | "noTarget"
  | "tooMany"
  | "uniqueness";

export class ScimProblem extends HttpProblem {
  readonly scimType: ScimType;
  constructor(code: ProblemCode, scimType: ScimType, detail: string, cause?: unknown) {
    super(code, detail, { cause });
    this.scimType = scimType;
  }
}

/** Of problems that are not SCIM's own. */
const TYPES: Readonly<Partial<Record<ProblemCode, ScimType>>> = {
  malformed: "invalidSyntax",
  invalid: "invalidValue",
};

export function scimErrorBody(problem: HttpProblem) {
  const scimType = problem instanceof ScimProblem ? problem.scimType : TYPES[problem.code];
  const fields = problem.errors.map(({ pointer, message }) => `${pointer}: ${message}`).join(" ");
  return {
    schemas: [SCIM_SCHEMAS.error],
    // As text, as the RFC has it.
    status: String(scimStatus(problem)),
    ...(scimType === undefined ? {} : { scimType }),
    detail: fields === "" ? problem.message : fields,
  };
}

/** SCIM knows no 422. */
export function scimStatus({ code, status }: HttpProblem): number {
  return code === "invalid" ? 400 : status;
}
