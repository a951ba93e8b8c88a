import { MultiSelect, TextInput } from "@mantine/core";
import { endOfDay } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { systemChoicesQuery } from "../../data/decisions.ts";
import type { AccessRole } from "./members.ts";

const OF_SYSTEMS: readonly AccessRole[] = ["engineer", "overseer", "auditor"];

export interface LimitsValue {
  systemIds: string[];
  /** A calendar day of the organisation, or nothing. */
  lastDay: string;
}

interface AccessLimitsProps {
  roles: readonly AccessRole[];
  value: LimitsValue;
  onChange: (value: LimitsValue) => void;
  errors?: { systemIds?: string | undefined; expiresAt?: string | undefined } | undefined;
}

/** Where and how long access holds. */
export function AccessLimits({ roles, value, onChange, errors }: AccessLimitsProps) {
  const systems = useQuery(systemChoicesQuery);
  const ofSystems = roles.some((role) => OF_SYSTEMS.includes(role));
  return (
    <>
      <MultiSelect
        label="Only for these AI systems"
        description={
          ofSystems
            ? "Of engineer, overseer and auditor. None chosen: all. An auditor of some sees nothing else."
            : "For engineers, overseers and auditors."
        }
        disabled={!ofSystems}
        error={errors?.systemIds}
        data={(systems.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))}
        value={ofSystems ? value.systemIds : []}
        onChange={(systemIds) => onChange({ ...value, systemIds })}
      />
      <TextInput
        label="Access ends after"
        type="date"
        description={
          roles.includes("auditor")
            ? "An auditor's access always ends: after 90 days where you give no day, within 366 days at most."
            : "Leave it empty for access that lasts."
        }
        error={errors?.expiresAt}
        value={value.lastDay}
        onChange={(event) => onChange({ ...value, lastDay: event.currentTarget.value })}
      />
    </>
  );
}

/** As the API takes them: the day counts to its end, where the organisation is. */
export function limitsOf(
  roles: readonly AccessRole[],
  { systemIds, lastDay }: LimitsValue,
  timeZone: string | undefined,
) {
  const ofSystems = roles.some((role) => OF_SYSTEMS.includes(role));
  return {
    systemIds: ofSystems && systemIds.length > 0 ? systemIds : null,
    expiresAt: endOfDay(lastDay, timeZone) ?? null,
  };
}
