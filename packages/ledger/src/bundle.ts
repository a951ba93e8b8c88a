/** Entry bundles: C2SP tlog-tiles, section "Log entries". Each entry stands behind its length as a big-endian uint16. */
import { LedgerError } from "./error.ts";
import { MAX_ENTRY_BYTES } from "./limits.ts";
import { TILE_WIDTH } from "./tile.ts";

/**
 * One bundle of 1 to 256 entries.
 * @throws LedgerError `bundle_invalid` for another number of entries, `entry_too_large` for one above 65,535 bytes.
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) {
    throw new LedgerError("bundle_invalid", `A bundle holds 1 to ${TILE_WIDTH} entries, not ${entries.length}.`);
  }
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) {
      throw new LedgerError("entry_too_large", `An entry of ${entry.length} bytes does not fit into a bundle.`);
    }
    view.setUint16(at, entry.length);
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/**
 * The entries of a bundle, as views of its bytes.
 * @throws LedgerError `bundle_invalid` where a length points beyond the end or there are more than 256 entries.
 */
export function decodeBundle(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (entries.length === TILE_WIDTH) throw new LedgerError("bundle_invalid", `A bundle holds at most ${TILE_WIDTH}.`);
    const end = at + 2 <= bytes.length ? at + 2 + view.getUint16(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length)
      throw new LedgerError("bundle_invalid", `Entry ${entries.length} of the bundle is cut off.`);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
