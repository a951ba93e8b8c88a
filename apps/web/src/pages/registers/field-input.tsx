/** The input of a field, by its type. Every input has its label, its help with an example, and its error. */
import { MultiSelect, NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { REGISTER_PATHS, type RegisterPath } from "@steward/client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { choicesQuery, type FieldInfo } from "../../data/registers.ts";

export interface FieldInputProps {
  field: FieldInfo;
  input: { id: string; name: string; label: string | undefined; error: string | undefined };
  value: unknown;
  onChange: (value: unknown) => void;
  /** Titles of records that are chosen already. */
  titles: Readonly<Record<string, string>>;
}

const SEARCH_AFTER_MS = 200;

export function FieldInput(props: FieldInputProps) {
  const { field, value, onChange } = props;
  const common = {
    ...props.input,
    description: field.example === null ? field.help : `${field.help} Example: ${field.example}`,
    // What has a default is filled in already: only what a person must give carries the mark.
    withAsterisk: field.required && field.defaultValue === null,
  };
  const textual = String(value ?? "");
  const setText = (text: string) => onChange(text === "" && !field.required ? null : text);
  switch (field.type) {
    case "paragraphs":
      return (
        <Textarea {...common} autosize minRows={3} value={textual} onChange={(e) => setText(e.currentTarget.value)} />
      );
    case "choice":
      return (
        <Select
          {...common}
          data={field.choices ?? []}
          allowDeselect={!field.required}
          value={textual || null}
          onChange={onChange}
        />
      );
    case "choices":
      return (
        <MultiSelect {...common} data={field.choices ?? []} value={(value ?? []) as string[]} onChange={onChange} />
      );
    case "lines":
      return (
        <TagsInput
          {...common}
          value={(value ?? []) as string[]}
          onChange={onChange}
          placeholder="Type, then press Enter"
        />
      );
    case "flag":
      return <Switch {...common} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
    case "integer":
    case "number":
      return (
        <NumberInput
          {...common}
          allowDecimal={field.type === "number"}
          min={field.minimum ?? -Infinity}
          value={typeof value === "number" ? value : ""}
          onChange={(number) => onChange(number === "" ? null : Number(number))}
        />
      );
    case "date":
      return <TextInput {...common} type="date" value={textual} onChange={(e) => setText(e.currentTarget.value)} />;
    case "instant":
      return (
        <TextInput
          {...common}
          value={textual}
          onChange={(e) => setText(e.currentTarget.value)}
          placeholder="2026-03-31T09:00:00Z"
        />
      );
    case "ref":
    case "refs":
      return <ReferenceInput {...props} common={common} />;
    default:
      return (
        <TextInput
          {...common}
          maxLength={field.maxChars ?? 10_000}
          value={textual}
          onChange={(e) => setText(e.currentTarget.value)}
        />
      );
  }
}

interface Common {
  id: string;
  name: string;
  label: string | undefined;
  error: string | undefined;
  description: string;
  withAsterisk: boolean;
}

/** Chooses records of another register, searched on the server as one types. */
function ReferenceInput({ field, value, onChange, titles, common }: FieldInputProps & { common: Common }) {
  const [words, setWords] = useState("");
  const [asked] = useDebouncedValue(words, SEARCH_AFTER_MS);
  const path = (REGISTER_PATHS as Record<string, RegisterPath>)[field.target ?? ""] ?? "people";
  const found = useQuery({ ...choicesQuery(path, asked), placeholderData: (before) => before });
  const chosen = [value ?? []].flat() as string[];
  const options = new Map((found.data?.items ?? []).map((item) => [item.id, item.title]));
  for (const id of chosen) if (!options.has(id)) options.set(id, titles[id] ?? `${id.slice(0, 8)}…`);
  const data = [...options].map(([id, title]) => ({ value: id, label: title }));
  const searching = {
    searchable: true,
    clearable: true,
    data,
    onSearchChange: (text: string) => setWords(data.some(({ label }) => label === text) ? "" : text),
    nothingFoundMessage: found.isFetching ? "Looking…" : "Nothing found. It may have to be registered first.",
  };
  return field.type === "ref" ? (
    <Select {...common} {...searching} value={chosen[0] ?? null} onChange={(id) => onChange(id)} />
  ) : (
    <MultiSelect {...common} {...searching} value={chosen} onChange={onChange} />
  );
}
