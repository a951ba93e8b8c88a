/** UUIDv7 (RFC 9562), made when a decision is recorded: sent twice, it is stored once. */

const RANDOM_BYTES = 10;
/** Random bytes are drawn for many ids at once: one draw costs more than an id may. */
const IDS_A_DRAW = 256;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const pool = new Uint8Array(RANDOM_BYTES * IDS_A_DRAW);
let next = pool.length;

export function newId(unixMs: number = Date.now()): string {
  if (next === pool.length) {
    crypto.getRandomValues(pool);
    next = 0;
  }
  const hex = (offset: number) => HEX[pool[next + offset] as number] as string;
  const version = HEX[((pool[next] as number) & 0x0f) | 0x70] as string;
  const variant = HEX[((pool[next + 2] as number) & 0x3f) | 0x80] as string;
  const time = unixMs.toString(16).padStart(12, "0");
  const tail = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9);
  const id = `${time.slice(0, 8)}-${time.slice(8)}-${version}${hex(1)}-${variant}${hex(3)}-${tail}`;
  next += RANDOM_BYTES;
  return id;
}
