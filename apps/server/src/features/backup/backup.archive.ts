/**
 * The file of a backup: a tar archive, packed with zstd, encrypted with a passphrase in the age format
 * (age-encryption.org/v1), so that it can be opened without Steward: `age -d FILE | zstd -d | tar x`.
 * All of it is streamed: nothing is held in memory but one part.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

import { Decrypter, Encrypter } from "age-encryption";
import { extract, pack } from "tar-stream";

import { BackupError } from "./backup.error.ts";

/** Guessing a passphrase costs an attacker a second a try; four words of a list are enough, one is not. */
export const PASSPHRASE_MIN_CHARS = 12;
/** The file's own limit on how much a reader is made to compute (age's default). */
const SCRYPT_WORK_FACTOR = 18;
const ZSTD_LEVEL = 3;

export interface ArchiveOptions {
  readonly passphrase: string;
  /** Base-2 logarithm of the cost of trying a passphrase; for tests. */
  readonly workFactor?: number | undefined;
}

export interface WrittenArchive {
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ArchiveWriter {
  add(name: string, bytes: Uint8Array): Promise<void>;
  addStream(name: string, sizeBytes: number, content: Readable): Promise<void>;
}

/**
 * Writes an archive whole or not at all: until it is complete and on the disk, it has another name.
 * @throws BackupError `passphrase`, `exists`, `file`.
 */
export async function writeArchive(
  file: string,
  options: ArchiveOptions,
  fill: (archive: ArchiveWriter) => Promise<void>,
): Promise<WrittenArchive> {
  requirePassphrase(options.passphrase);
  const partial = `${file}.partial`;
  const handle = await openNew(file, partial);
  try {
    const written = await writeTo(handle, options, fill);
    await handle.sync();
    await handle.close();
    await rename(partial, file);
    return written;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw fileError(file, error);
  }
}

async function openNew(file: string, partial: string): Promise<FileHandle> {
  try {
    await (await open(file, "wx", 0o600)).close();
    await rm(file);
    return await open(partial, "w", 0o600);
  } catch (error) {
    throw fileError(file, error);
  }
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  EEXIST: "is there already; choose another name",
  ENOENT: "is in a folder that does not exist, or does not exist itself",
  EACCES: "can't be opened by this account",
  ENOSPC: "can't be written: the disk is full",
  EISDIR: "is a folder",
};

function fileError(file: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = FILE_REASONS[code];
  if (reason === undefined) return error;
  return new BackupError(code === "EEXIST" ? "exists" : "file", `${file} ${reason}.`, { cause: error });
}

async function writeTo(
  handle: FileHandle,
  { passphrase, workFactor = SCRYPT_WORK_FACTOR }: ArchiveOptions,
  fill: (archive: ArchiveWriter) => Promise<void>,
): Promise<WrittenArchive> {
  const tar = pack();
  const packed = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  const encrypted = await encrypter.encrypt(Readable.toWeb(packed) as unknown as ReadableStream<Uint8Array>);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const writing = Promise.all([
    pipeline(Readable.from(tar), packed),
    pipeline(
      Readable.fromWeb(encrypted as unknown as WebStream<Uint8Array>),
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          sizeBytes += chunk.length;
          await handle.writeFile(chunk);
        }
      },
    ),
  ]);
  const filling = fill(writerOf(tar)).then(
    () => tar.finalize(),
    (error: Error) => {
      tar.destroy(error);
      throw error;
    },
  );
  // Whichever fails first says why; the other only says that it was broken off.
  await Promise.all([filling, writing]);
  await writing;
  return { sizeBytes, sha256: hash.digest("hex") };
}

function writerOf(tar: ReturnType<typeof pack>): ArchiveWriter {
  const entry = (name: string, size: number) =>
    new Promise<Writable>((resolve, reject) => {
      if (tar.destroyed) return reject(new Error("The archive is closed."));
      return resolve(tar.entry({ name, size, mode: 0o600 }) as unknown as Writable);
    });
  return {
    async add(name, bytes) {
      await pipeline(Readable.from([bytes]), await entry(name, bytes.length));
    },
    async addStream(name, sizeBytes, content) {
      await pipeline(content, await entry(name, sizeBytes));
    },
  };
}

export interface ArchivePart {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: Readable;
}

/**
 * The parts of an archive in their order. Each content must be read to its end before the next part is asked for.
 * @throws BackupError `file`, `passphrase`, `damaged`.
 */
export async function* readArchive(file: string, { passphrase }: ArchiveOptions): AsyncGenerator<ArchivePart> {
  const source = createReadStream(file);
  try {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const decrypted = await decrypter.decrypt(Readable.toWeb(source) as unknown as ReadableStream<Uint8Array>);
    const tar = extract();
    const reading = pipeline(
      Readable.fromWeb(decrypted as unknown as WebStream<Uint8Array>),
      createZstdDecompress(),
      tar as unknown as Writable,
    );
    // Its failure arrives through the tar stream as well, which it destroys.
    reading.catch(() => undefined);
    for await (const entry of tar) {
      yield {
        name: entry.header.name,
        sizeBytes: entry.header.size ?? 0,
        content: Readable.from(guarded(file, entry as AsyncIterable<Uint8Array>)),
      };
    }
    await reading;
  } catch (error) {
    throw readError(file, error);
  } finally {
    source.destroy();
  }
}

async function* guarded(file: string, entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* entry;
  } catch (error) {
    throw readError(file, error);
  }
}

/** Whatever fails while an archive is read is about the file: what becomes of its parts is not done here. */
function readError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BackupError) return error;
  const known = fileError(file, error);
  if (known !== error) return known;
  if (/no identity matched/.test(error.message)) {
    return new BackupError("passphrase", `The passphrase is not the one of ${file}.`, { cause: error });
  }
  return new BackupError("damaged", `${file} is no backup of Steward, or was cut off or changed.`, { cause: error });
}

/** @throws BackupError `passphrase`. */
function requirePassphrase(passphrase: string): void {
  if (passphrase.length >= PASSPHRASE_MIN_CHARS) return;
  throw new BackupError("passphrase", `The passphrase must have at least ${PASSPHRASE_MIN_CHARS} characters.`);
}
