/** What the parsers of tool output share: the shape that is published, and careful reading of foreign JSON. */
/** One thing that was seen, as `POST /observations` takes it. */
export interface Sighting {
  readonly provider: string;
  readonly model: string | null;
  readonly version: string | null;
  readonly digest: string | null;
  readonly service: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Sightings of the same thing put together: counts add up, times span. */
export function merge(sightings: readonly Sighting[]): Sighting[] {
  const byKey = new Map<string, Sighting>();
  for (const one of sightings) {
    const key = JSON.stringify([one.provider, one.model, one.version, one.digest, one.service]);
    const known = byKey.get(key);
    byKey.set(
      key,
      known === undefined
        ? one
        : {
            ...known,
            count: known.count + one.count,
            firstAt: known.firstAt < one.firstAt ? known.firstAt : one.firstAt,
            lastAt: known.lastAt > one.lastAt ? known.lastAt : one.lastAt,
          },
    );
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** A moment as UTC text; undefined for what is none. */
export function instant(value: unknown): string | undefined {
  const moment = typeof value === "number" ? value : Date.parse(text(value) ?? "");
  return Number.isFinite(moment) ? new Date(moment).toISOString() : undefined;
}
