/** The current-state table of a register, from its declaration: what migrations create and a test compares. */
import { columnName, type Field, isSortable, type Register } from "@steward/registers";

/** The table of pairs of a `refs` field. */
export function linkTable(register: Register, fieldName: string): string {
  return `${register.kind}__${columnName(fieldName)}`;
}

export function foreignKeyName(register: Register, fieldName: string): string {
  return `${register.kind}_${columnName(fieldName)}_fk`;
}

export function uniqueIndexName(register: Register, fields: readonly string[]): string {
  return `${register.kind}_${fields.map(columnName).join("_")}_unique`;
}

/** SQL that creates the register's table, its links and its indexes. */
export function registerTableSql(register: Register): string {
  const table = register.kind;
  const columns = [
    "org_id uuid NOT NULL REFERENCES ledger_log (org_id)",
    "id uuid NOT NULL",
    "current_version integer NOT NULL",
    "recorded_at timestamptz NOT NULL",
    "effective_at timestamptz NOT NULL",
    "withdrawn boolean NOT NULL",
    "title text NOT NULL",
    "search tsvector NOT NULL",
  ];
  const constraints = ["PRIMARY KEY (org_id, id)"];
  const links: string[] = [];
  for (const [name, field] of Object.entries(register.fields)) {
    if (field.column === "link") {
      links.push(linkTableSql(register, name, field));
      continue;
    }
    columns.push(`${columnName(name)} ${field.column}${field.required ? " NOT NULL" : ""}`);
    if (field.type === "ref") {
      constraints.push(
        `CONSTRAINT ${foreignKeyName(register, name)} FOREIGN KEY (org_id, ${columnName(name)}) REFERENCES ${field.target} (org_id, id)`,
      );
    }
  }
  const create = `CREATE TABLE ${table} (\n  ${[...columns, ...constraints].join(",\n  ")}\n);`;
  return [`-- ${register.plural}`, create, ...indexes(register), ...links].join("\n");
}

function indexes(register: Register): string[] {
  const table = register.kind;
  const found = [
    `CREATE INDEX ${table}_search ON ${table} USING gin (search);`,
    `CREATE INDEX ${table}_recorded ON ${table} (org_id, recorded_at, id);`,
    `CREATE INDEX ${table}_title ON ${table} (org_id, lower(title), id);`,
  ];
  for (const fields of register.unique ?? []) {
    found.push(
      `CREATE UNIQUE INDEX ${uniqueIndexName(register, fields)} ON ${table} (org_id, ${fields.map(columnName).join(", ")}) WHERE NOT withdrawn;`,
    );
  }
  for (const [name, field] of Object.entries(register.fields)) {
    if (field.type === "ref") {
      found.push(`CREATE INDEX ${table}_${columnName(name)} ON ${table} (org_id, ${columnName(name)});`);
    }
  }
  return found;
}

function linkTableSql(register: Register, name: string, field: Field): string {
  const table = linkTable(register, name);
  return [
    `CREATE TABLE ${table} (`,
    "  org_id uuid NOT NULL,",
    "  id uuid NOT NULL,",
    "  target_id uuid NOT NULL,",
    "  PRIMARY KEY (org_id, id, target_id),",
    `  FOREIGN KEY (org_id, id) REFERENCES ${register.kind} (org_id, id),`,
    `  CONSTRAINT ${foreignKeyName(register, name)} FOREIGN KEY (org_id, target_id) REFERENCES ${field.target} (org_id, id)`,
    ");",
    `CREATE INDEX ${table}_target ON ${table} (org_id, target_id);`,
  ].join("\n");
}

/** Fields by which a list can be ordered, with the SQL expression that does it. */
export function sortExpression(field: Field, name: string): string | undefined {
  if (!isSortable(field)) return undefined;
  return field.type === "line" ? `lower(r.${columnName(name)})` : `r.${columnName(name)}`;
}
