import type { Register } from "./define.ts";
import { attachment } from "./declarations/attachment.ts";
import { evaluationException, exception, parameter, soaLine } from "./declarations/governance.ts";
import { alert, monitor } from "./declarations/monitoring.ts";
import { holiday } from "./declarations/holiday.ts";
import { organisation } from "./declarations/organisation.ts";
import { person, roleAssignment } from "./declarations/people.ts";
import { component, deployment, release } from "./declarations/release.ts";
import { supplierAlias } from "./declarations/supplier-alias.ts";
import { system } from "./declarations/system.ts";
import { contextSource, modelChange, useDeviation, useEnvelope } from "./declarations/use.ts";
import { useApproval } from "./declarations/use-approval.ts";

export * from "./approval.ts";
export * from "./declarations/attachment.ts";
export * from "./declarations/governance.ts";
export * from "./declarations/holiday.ts";
export * from "./declarations/monitoring.ts";
export * from "./declarations/organisation.ts";
export * from "./declarations/people.ts";
export * from "./declarations/release.ts";
export * from "./declarations/supplier-alias.ts";
export * from "./declarations/system.ts";
export * from "./declarations/use-approval.ts";
export * from "./declarations/use.ts";
export * from "./define.ts";
export * from "./fields.ts";
export * from "./text.ts";

/** Every register, referenced ones before those that refer to them. */
export const registers = [
  organisation,
  holiday,
  person,
  system,
  roleAssignment,
  component,
  release,
  deployment,
  useApproval,
  supplierAlias,
  parameter,
  exception,
  evaluationException,
  soaLine,
  monitor,
  alert,
  useEnvelope,
  useDeviation,
  contextSource,
  modelChange,
  attachment,
] as unknown as readonly Register[];

/** The register of a kind. */
export function registerOf(kind: string): Register | undefined {
  return registers.find((register) => register.kind === kind);
}
