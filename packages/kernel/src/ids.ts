/** Identifiers: UUIDv7 (RFC 9562), so that ids sort by time and partitions can range over them. */
import type { Clock } from "./clock.ts";

export type Uuid = string;

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for a lower-case RFC 9562 UUID of any version. */
export function isUuid(value: unknown): value is Uuid {
  return typeof value === "string" && UUID_PATTERN.test(value);
}

/** A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. */
export function uuidv7(unixMs: number, random: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): Uuid {
  const hex = unixMs.toString(16).padStart(12, "0");
  const randA = (((random[0] as number) & 0x0f) | 0x70).toString(16).padStart(2, "0") + byteHex(random[1] as number);
  const randB = byteHex(((random[2] as number) & 0x3f) | 0x80) + byteHex(random[3] as number);
  let tail = "";
  for (let i = 4; i < 10; i++) tail += byteHex(random[i] as number);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${randA}-${randB}-${tail}`;
}

/** A new id stamped with the clock's present time. */
export function newId(clock: Clock): Uuid {
  return uuidv7(Number(clock.now() / 1000n));
}

/** The smallest UUIDv7 of a moment: the lower bound of a time range over ids. */
export function uuidv7Floor(unixMs: number): Uuid {
  return uuidv7(unixMs, new Uint8Array(10));
}

/** The Unix milliseconds inside a UUIDv7. */
export function uuidv7Time(id: Uuid): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function byteHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
