/** Addresses of the pages, in one place: pages and links ask here and never write a path themselves. */

type Query = Readonly<Record<string, string | undefined>>;

/** A path with the parameters that have a value. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, value);
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

export const paths = {
  overview: () => "/",
  requirements: (query: Query = {}) => withQuery("/requirements", query),
  requirement: (ref: string) => `/requirements/${encodeURIComponent(ref)}`,
  activity: (query: Query = {}) => withQuery("/activity", query),
  ledger: (query: Query = {}) => withQuery("/ledger", query),
  ledgerEntry: (index: number) => `/ledger/${index}`,
  decisions: (query: Query = {}) => withQuery("/decisions", query),
  affected: (query: Query = {}) => withQuery("/decisions/affected", query),
  decision: (id: string) => `/decisions/${encodeURIComponent(id)}`,
  subjects: () => "/subjects",
  evaluations: (query: Query = {}) => withQuery("/evaluations", query),
  evaluation: (id: string) => `/evaluations/${encodeURIComponent(id)}`,
  compareEvaluations: (id: string, otherId: string) =>
    `/evaluations/${encodeURIComponent(id)}/compared-with/${encodeURIComponent(otherId)}`,
  drift: (query: Query = {}) => withQuery("/drift", query),
  driftItem: (id: string) => `/drift/${encodeURIComponent(id)}`,
  map: (query: Query = {}) => withQuery("/map", query),
  vulnerabilities: (query: Query = {}) => withQuery("/vulnerabilities", query),
  work: (query: Query = {}) => withQuery("/work", query),
  task: (id: string) => `/work/${encodeURIComponent(id)}`,
  monitoring: () => "/monitoring",
  alerts: (query: Query = {}) => withQuery("/alerts", query),
  register: (path: string, query: Query = {}) => withQuery(`/registers/${path}`, query),
  newRecord: (path: string, query: Query = {}) => withQuery(`/registers/${path}/new`, query),
  importRecords: (path: string) => `/registers/${path}/import`,
  record: (path: string, id: string) => `/registers/${path}/${encodeURIComponent(id)}`,
  settings: (
    page:
      | "notifications"
      | "calendar"
      | "members"
      | "single-sign-on"
      | "permissions"
      | "emergency"
      | "keys"
      | "webhooks"
      | "account",
  ) => `/settings/${page}`,
  recovery: () => "/recovery",
  signIn: (next?: string) => withQuery("/sign-in", { next }),
  join: () => "/join",
} as const;

/** Parameters that stay in the address from page to page: the moment that is looked at. */
export const STICKY = ["asOf", "mode"] as const;
export type Sticky = { readonly [K in (typeof STICKY)[number]]?: string | undefined };

/** The address with the sticky parameters added where it does not set them itself. */
export function keepSticky(href: string, sticky: Sticky): string {
  const kept = STICKY.filter((name) => sticky[name] !== undefined);
  if (kept.length === 0 || !isInside(href)) return href;
  const [beforeHash = "", hash] = href.split("#", 2);
  const [path = "", query] = beforeHash.split("?", 2);
  const search = new URLSearchParams(query);
  for (const name of kept) if (!search.has(name)) search.set(name, sticky[name] ?? "");
  return `${path}?${search.toString()}${hash === undefined ? "" : `#${hash}`}`;
}

/** Whether an address belongs to this application: one slash, and not two, which would be another server. */
export function isInside(href: string): boolean {
  return /^\/(?![/\\])/.test(href);
}

/**
 * Where to go after signing in. An address that leaves this server, or leads back to a page for strangers, is
 * replaced by the overview: a link in a message must not be able to send a person elsewhere.
 */
export function safeReturnPath(next: string | undefined, origin: string): string {
  if (next === undefined || !isInside(next)) return "/";
  // oxlint-disable-next-line no-control-regex -- browsers drop these characters, which could uncover a second slash.
  if (/[\u0000-\u001f\\]/.test(next) || !URL.canParse(next, origin)) return "/";
  const url = new URL(next, origin);
  if (url.origin !== origin || /^\/(sign-in|setup|link|recovery|sso)(\/|$)/.test(url.pathname)) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}
