/** The few requests that register an AI system with Steward over plain HTTP; its decisions go by the SDK. */

export interface Connection {
  readonly url: string;
  readonly key: string;
}

interface StoredRecord {
  readonly id: string;
  readonly version: number;
  readonly values: Record<string, unknown>;
}

export async function request<T>(
  { url, key }: Connection,
  method: "GET" | "POST" | "PATCH",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(new URL(`/api/v1${path}`, url), {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as T;
}

/** The record of a register with this value in a field, made if there is none. */
export async function ensureRecord(
  connection: Connection,
  register: string,
  field: string,
  values: Record<string, unknown>,
  filter: Record<string, string> = {},
): Promise<StoredRecord> {
  const query = new URLSearchParams({ [`where.${field}`]: String(values[field]) });
  for (const [name, value] of Object.entries(filter)) query.set(`where.${name}`, value);
  const found = await request<{ items: StoredRecord[] }>(connection, "GET", `/${register}?${query}`);
  return found.items[0] ?? (await request<StoredRecord>(connection, "POST", `/${register}`, { values }));
}

/** Changes a record as it stands now. */
export async function changeRecord(
  connection: Connection,
  register: string,
  record: StoredRecord,
  values: Record<string, unknown>,
  changeReason: string,
): Promise<StoredRecord> {
  return request(
    connection,
    "PATCH",
    `/${register}/${record.id}`,
    { values, changeReason },
    { "if-match": `"${record.version}"` },
  );
}
