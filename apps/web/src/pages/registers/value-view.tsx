/** A field's value as people read it. */
import type { RecordView } from "@steward/client";
import { Link, Time } from "@steward/ui";
import type { ReactNode } from "react";

import { recordHref } from "../../data/links.ts";
import type { FieldInfo } from "../../data/registers.ts";

type References = RecordView["references"];

export function ValueView({ field, value, references }: { field: FieldInfo; value: unknown; references: References }) {
  return <>{showValue(field, value, references)}</>;
}

export function showValue(field: FieldInfo, value: unknown, references: References): ReactNode {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return "—";
  if (Array.isArray(value)) {
    return (
      <span>
        {value.map((item, index) => (
          <span key={String(item)}>
            {index > 0 ? ", " : ""}
            {showOne(field, item, references)}
          </span>
        ))}
      </span>
    );
  }
  return showOne(field, value, references);
}

function showOne(field: FieldInfo, value: unknown, references: References): ReactNode {
  if (field.type === "ref" || field.type === "refs") return <Reference id={String(value)} references={references} />;
  if (field.type === "instant") return <Time at={String(value)} absolute />;
  if (field.type === "flag") return value === true ? "Yes" : "No";
  if (field.type === "number" || field.type === "integer") return Number(value).toLocaleString("en");
  return field.choices?.find((choice) => choice.value === value)?.label ?? String(value);
}

function Reference({ id, references }: { id: string; references: References }) {
  const found = references[id];
  if (!found) return <code>{id.slice(0, 8)}…</code>;
  const href = recordHref(found.kind, id);
  return href === undefined ? found.title : <Link href={href}>{found.title}</Link>;
}
