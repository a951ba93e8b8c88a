/** The directory of a zip archive, read without unpacking anything. */
import { constants, gunzipSync } from "node:zlib";

import { MAX_ZIP_DIRECTORY_BYTES, ZIP_TAIL_BYTES } from "../limits.ts";
import type { OpenFile } from "../repo/read.ts";

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const END_BYTES = 22;

/** In a zip64 archive the small fields hold this and the real values lie elsewhere. */
const ZIP64_MARK = 0xffffffff;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;

/** Enough of a compressed stream to see that it is one. */
const GZIP_PROBE_BYTES = 64 * 1024;
const GZIP_PROBE_OUTPUT_BYTES = 16 * 1024 * 1024;

/** The names in a zip archive; undefined where its directory is missing or broken. */
export function zipNames(file: OpenFile): string[] | undefined {
  const tailBytes = Math.min(ZIP_TAIL_BYTES, file.sizeBytes);
  const tail = file.read(file.sizeBytes - tailBytes, tailBytes);
  const end = endRecord(tail);
  if (end === undefined) return undefined;
  const place = directoryPlace(file, tail, end, file.sizeBytes - tailBytes);
  if (
    place === undefined ||
    place.sizeBytes > MAX_ZIP_DIRECTORY_BYTES ||
    place.offset + place.sizeBytes > file.sizeBytes
  )
    return undefined;
  return namesIn(file.read(place.offset, place.sizeBytes));
}

function endRecord(tail: Buffer): number | undefined {
  for (let at = tail.length - END_BYTES; at >= 0; at--) if (tail.readUInt32LE(at) === END_SIGNATURE) return at;
  return undefined;
}

function directoryPlace(
  file: OpenFile,
  tail: Buffer,
  end: number,
  tailOffset: number,
): { offset: number; sizeBytes: number } | undefined {
  const sizeBytes = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (sizeBytes !== ZIP64_MARK && offset !== ZIP64_MARK) return { offset, sizeBytes };
  if (end < ZIP64_LOCATOR_BYTES) return undefined;
  const recordOffset = Number(tail.readBigUInt64LE(end - ZIP64_LOCATOR_BYTES + 8));
  if (recordOffset + ZIP64_END_BYTES > tailOffset + end) return undefined;
  const record = file.read(recordOffset, ZIP64_END_BYTES);
  if (record.length < ZIP64_END_BYTES) return undefined;
  return { offset: Number(record.readBigUInt64LE(48)), sizeBytes: Number(record.readBigUInt64LE(40)) };
}

function namesIn(directory: Buffer): string[] | undefined {
  const names: string[] = [];
  for (let at = 0; at + ENTRY_BYTES <= directory.length;) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) return undefined;
    const nameBytes = directory.readUInt16LE(at + 28);
    const restBytes = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    names.push(directory.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    at += ENTRY_BYTES + nameBytes + restBytes;
  }
  return names;
}

/** True where the head of a gzip stream can be read; a stream that is small enough is read to its end. */
export function isReadableGzip(file: OpenFile): boolean {
  const probe = file.read(0, Math.min(GZIP_PROBE_BYTES, file.sizeBytes));
  const isWhole = probe.length === file.sizeBytes;
  try {
    gunzipSync(probe, {
      finishFlush: isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
      maxOutputLength: GZIP_PROBE_OUTPUT_BYTES,
    });
    return true;
  } catch (error) {
    // Output beyond the limit says that the stream is one, and a large one.
    return error instanceof RangeError;
  }
}
