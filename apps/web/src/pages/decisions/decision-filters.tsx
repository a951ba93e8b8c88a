import { Button, NativeSelect, TextInput } from "@mantine/core";
import { DECISION_FLAGS, type DecisionFlag } from "@steward/client";
import { instantOfLocalField, Link, localFieldOf, useUi } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { type DecisionFilter, releaseChoicesQuery, systemChoicesQuery } from "../../data/decisions.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import styles from "./decisions.module.css";
import { flagWords } from "./flags.tsx";
import { withChosen } from "./with-chosen.ts";

interface ChoiceProps {
  filter: DecisionFilter;
  onChange: (change: DecisionFilter) => void;
}

/** The filter without what else stands in the address. */
export function filterFrom(search: DecisionFilter): DecisionFilter {
  const { systemId, releaseId, flag, externalId, outcome, attribute, from, to } = search;
  return { systemId, releaseId, flag, externalId, outcome, attribute, from, to };
}

interface FiltersProps {
  filter: DecisionFilter;
  /** The page that shows what the filter leaves. */
  page?: typeof paths.decisions;
}

/** The filter stands in the address: a link to it shows others the same. */
export function DecisionFilters({ filter, page = paths.decisions }: FiltersProps) {
  const go = useGo();
  const show = (change: DecisionFilter) => go(page({ ...filter, ...change }));
  const active = Object.values(filter).some((value) => value !== undefined);
  return (
    <search className={styles.filters} aria-label="Filter decisions">
      <SystemChoice filter={filter} onChange={show} />
      <ReleaseChoice filter={filter} onChange={show} />
      <NativeSelect
        size="xs"
        label="Flag"
        value={filter.flag ?? ""}
        onChange={(event) => show({ flag: (event.currentTarget.value || undefined) as DecisionFlag | undefined })}
        data={[
          { value: "", label: "Any or none" },
          ...(Object.keys(DECISION_FLAGS) as DecisionFlag[]).map((flag) => ({ value: flag, label: flagWords(flag) })),
        ]}
      />
      <PlainFilters key={JSON.stringify(filter)} filter={filter} onChange={show} />
      {active ? (
        <Link href={page()} className={styles.clear}>
          Show all
        </Link>
      ) : null}
    </search>
  );
}

function SystemChoice({ filter, onChange }: ChoiceProps) {
  const systems = useQuery(systemChoicesQuery);
  const options = systems.data?.items.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <NativeSelect
      size="xs"
      label="AI system"
      value={filter.systemId ?? ""}
      // Releases belong to a system: another system has others.
      onChange={(event) => onChange({ systemId: event.currentTarget.value || undefined, releaseId: undefined })}
      data={[{ value: "", label: "All" }, ...withChosen(options, filter.systemId)]}
    />
  );
}

function ReleaseChoice({ filter, onChange }: ChoiceProps) {
  const releases = useQuery(releaseChoicesQuery(filter.systemId));
  const options = releases.data?.items.map(({ id, title, values }) => ({
    value: id,
    label: typeof values.version === "string" ? values.version : title,
  }));
  return (
    <NativeSelect
      size="xs"
      label="Release"
      disabled={filter.systemId === undefined && filter.releaseId === undefined}
      value={filter.releaseId ?? ""}
      onChange={(event) => onChange({ releaseId: event.currentTarget.value || undefined })}
      data={[
        { value: "", label: filter.systemId === undefined ? "Choose a system first" : "All" },
        ...withChosen(options, filter.releaseId),
      ]}
    />
  );
}

/** What is typed counts once it is complete: half a date or half an id finds nothing. */
function PlainFilters({ filter, onChange }: ChoiceProps) {
  const { timeZone } = useUi();
  const [from, setFrom] = useState(filter.from === undefined ? "" : localFieldOf(filter.from, timeZone));
  const [to, setTo] = useState(filter.to === undefined ? "" : localFieldOf(filter.to, timeZone));
  const [externalId, setExternalId] = useState(filter.externalId ?? "");
  const [outcome, setOutcome] = useState(filter.outcome ?? "");
  const [attribute, setAttribute] = useState(filter.attribute ?? "");
  function submit(event: FormEvent) {
    event.preventDefault();
    onChange({
      from: instantOfLocalField(from, timeZone),
      to: instantOfLocalField(to, timeZone),
      externalId: externalId.trim() || undefined,
      outcome: outcome.trim() || undefined,
      attribute: /^[^=]+=.+$/.test(attribute.trim()) ? attribute.trim() : undefined,
    });
  }
  return (
    <form onSubmit={submit} className={styles.plain}>
      <TextInput
        size="xs"
        type="datetime-local"
        label="Recorded from"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label="Recorded before"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="Sender’s id"
        value={externalId}
        maxLength={100}
        onChange={(event) => setExternalId(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="Decided"
        value={outcome}
        maxLength={200}
        onChange={(event) => setOutcome(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="Group"
        placeholder="region=EU"
        value={attribute}
        maxLength={270}
        onChange={(event) => setAttribute(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default">
        Find
      </Button>
    </form>
  );
}
