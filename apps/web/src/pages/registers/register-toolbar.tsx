import { Button, Group, NativeSelect, Switch, TextInput } from "@mantine/core";
import { Icon, Link } from "@steward/ui";
import { type FormEvent, useState } from "react";

import { type FieldInfo, readWhere, type RegisterFilter, type RegisterInfo, writeWhere } from "../../data/registers.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { registerRoute } from "./registers.routes.ts";

interface ToolbarProps {
  register: RegisterInfo;
  search: Omit<RegisterFilter, "asOf">;
  asOf: string | undefined;
}

/** Words, filters and export of a register. What is chosen stands in the address, so that a link shows others the same. */
export function RegisterToolbar({ register, search, asOf }: ToolbarProps) {
  const navigate = registerRoute.useNavigate();
  const may = useMay("records.export");
  const exportHref = (format: string) =>
    `/api/v1/${register.path}/export?format=${format}${asOf === undefined ? "" : `&asOf=${encodeURIComponent(asOf)}`}`;
  const filtered = search.q !== undefined || search.where !== undefined;
  return (
    <Group gap={12} align="end">
      <Words words={search.q ?? ""} />
      {filteredFields(register).map((field) => (
        <ChoiceFilter key={field.name} field={field} where={search.where} />
      ))}
      <Switch
        label="Show withdrawn"
        checked={search.withdrawn === "include"}
        onChange={(event) => {
          const withdrawn = event.currentTarget.checked ? ("include" as const) : undefined;
          void navigate({ search: (before) => ({ ...before, withdrawn }) });
        }}
      />
      {filtered ? <Link href={paths.register(register.path)}>Show all</Link> : null}
      {may.allowed ? (
        <Group gap={12}>
          <a href={exportHref("csv")} download>
            Export CSV
          </a>
          <a href={exportHref("json")} download>
            Export JSON
          </a>
        </Group>
      ) : null}
    </Group>
  );
}

/** Filters offered at once: those of the columns that the list shows. */
function filteredFields(register: RegisterInfo): FieldInfo[] {
  return register.fields.filter(
    ({ name, type, filterable }) =>
      filterable && (type === "choice" || type === "flag") && register.listed.includes(name),
  );
}

function Words({ words: given }: { words: string }) {
  const navigate = registerRoute.useNavigate();
  const [words, setWords] = useState(given);
  const find = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ search: (before) => ({ ...before, q: words.trim() === "" ? undefined : words.trim() }) });
  };
  return (
    <search aria-label="Search this register">
      <form onSubmit={find}>
        <Group gap={8} align="end">
          <TextInput
            label="Find"
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            maxLength={200}
          />
          <Button type="submit" variant="default" leftSection={<Icon name="search" />}>
            Find
          </Button>
        </Group>
      </form>
    </search>
  );
}

const FLAG_CHOICES = [
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];

function ChoiceFilter({ field, where }: { field: FieldInfo; where: string | undefined }) {
  const navigate = registerRoute.useNavigate();
  const filters = readWhere(where ?? "");
  return (
    <NativeSelect
      label={field.label}
      value={filters[field.name] ?? ""}
      data={[{ value: "", label: "Any" }, ...(field.choices ?? FLAG_CHOICES)]}
      onChange={(event) => {
        const { [field.name]: _before, ...others } = filters;
        const { value } = event.currentTarget;
        const next = writeWhere(value === "" ? others : { ...others, [field.name]: value });
        void navigate({ search: (before) => ({ ...before, where: next }) });
      }}
    />
  );
}
