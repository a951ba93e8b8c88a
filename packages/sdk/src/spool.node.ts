/**
 * Keeps on disk what cannot be sent: each parcel is a file, written once under another name, synced, then renamed, so
 * that a file is whole or not there. Several processes may share a folder; a parcel that two of them send is stored
 * once, because its records have ids.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { type Backlog, type Kept, MemoryBacklog, type Parcel } from "./backlog.ts";
import { newId } from "./id.ts";
import { type BacklogPlace, MEMORY_BACKLOG_MAX_BYTES } from "./platform.ts";
import type { SpoolOptions } from "./types.ts";

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** Other processes leave their parcels in the same folder. */
const LOOK_AGAIN_AFTER_MS = 60_000;
/** As many as are sent at once when nothing is wrong. */
const PARCEL_MAX_RECORDS = 500;
/** A process that has not touched its counts for so long is gone, even where its number is in use again. */
const GONE_AFTER_MS = 24 * 3_600_000;

/** `<time-ordered id>.<records>.<kind>`, or `<source>.<process>.served` for the counts of one process. */
const NAME = /^[0-9a-f-]{36}\.(\d+)\.(decisions|outcomes|served)$/;

interface SpoolFile {
  readonly name: string;
  readonly kind: Parcel["kind"];
  readonly records: number;
  readonly bytes: number;
}

export class Spool implements Backlog {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #ownServed: string;
  readonly #onProblem: BacklogPlace["onProblem"];
  readonly #memory = new MemoryBacklog(MEMORY_BACKLOG_MAX_BYTES);
  #files: SpoolFile[] = [];
  #fileRecords = 0;
  #fileBytes = 0;
  #lookedAtMs = 0;
  #broken = false;

  constructor({ spool, fingerprint, source, onProblem }: BacklogPlace & { spool: SpoolOptions }) {
    const digest = createHash("sha256").update(fingerprint).digest("hex").slice(0, 16);
    this.#directory = path.join(spool.directory ?? path.join(tmpdir(), `steward-spool-${accountName()}`), digest);
    this.#maxBytes = spool.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#ownServed = `${source.split("/").at(-1)}.${process.pid}.served`;
    this.#onProblem = onProblem;
  }

  get records(): number {
    return this.#fileRecords + this.#memory.records;
  }

  get bytes(): number {
    return this.#fileBytes + this.#memory.bytes;
  }

  async add(parcel: Parcel): Promise<boolean> {
    const file = await this.#attempt(async () => {
      this.#prepare();
      const file = fileOf(parcel);
      if (this.#fileBytes + file.bytes > this.#maxBytes) return "full";
      await this.#write(file.name, parcel.body);
      return file;
    });
    if (file === "full") return false;
    if (file === undefined) return this.#memory.add(parcel);
    this.#note(file);
    return true;
  }

  addAtExit(parcel: Parcel): boolean {
    const file = parcel.kind === "served" ? { ...fileOf(parcel), name: this.#ownServed } : fileOf(parcel);
    if (this.#fileBytes + file.bytes > this.#maxBytes) return false;
    try {
      this.#prepare();
      const temporary = path.join(this.#directory, `${file.name}.tmp`);
      const handle = openSync(temporary, "w", 0o600);
      writeSync(handle, parcel.body);
      fsyncSync(handle);
      closeSync(handle);
      renameSync(temporary, path.join(this.#directory, file.name));
      if (parcel.kind !== "served") this.#note(file);
      return true;
    } catch {
      return false;
    }
  }

  /** Small parcels of the same kind go together: a server that was away long is not sent one request a record. */
  async oldest(): Promise<Kept | undefined> {
    if (this.#memory.records > 0) return this.#memory.oldest();
    if (this.#files.length === 0) await this.#look();
    const bodies = new Map<SpoolFile, string>();
    let records = 0;
    for (const file of Array.from(this.#files)) {
      if (bodies.size > 0 && (file.kind !== "decisions" || records + file.records > PARCEL_MAX_RECORDS)) break;
      const body = await readFile(path.join(this.#directory, file.name), "utf8").catch(() => undefined);
      if (body === undefined) {
        // Another process has sent what is not there any more.
        this.#forget(file.name);
        continue;
      }
      const goesWithOthers = file.kind === "decisions" && isList(body);
      // What is broken goes alone, so that it is judged alone.
      if (bodies.size > 0 && !goesWithOthers) break;
      bodies.set(file, body);
      records += file.records;
      if (!goesWithOthers) break;
    }
    const [first] = bodies.keys();
    if (first === undefined) return undefined;
    const [only = ""] = bodies.values();
    const body = bodies.size === 1 ? only : `[${[...bodies.values()].map((list) => list.slice(1, -1)).join(",")}]`;
    return { names: [...bodies.keys()].map(({ name }) => name), parcel: { kind: first.kind, records, body } };
  }

  async remove(kept: Kept): Promise<void> {
    if (kept.names.length === 0) return this.#memory.remove(kept);
    for (const name of kept.names) {
      this.#forget(name);
      await unlink(path.join(this.#directory, name)).catch(() => undefined);
    }
  }

  async keepServed(parcel: Parcel | undefined): Promise<void> {
    const file = path.join(this.#directory, this.#ownServed);
    if (parcel === undefined) await unlink(file).catch(() => undefined);
    else {
      await this.#attempt(async () => {
        this.#prepare();
        await this.#write(this.#ownServed, parcel.body);
      });
    }
  }

  /** Finds what other processes, or this system before its last end, have left. */
  async #look(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - this.#lookedAtMs < LOOK_AGAIN_AFTER_MS) return;
    this.#lookedAtMs = nowMs;
    const names = await readdir(this.#directory).catch(() => []);
    const files = names.sort().map((name) => this.#describe(name, nowMs));
    for (const file of await Promise.all(files)) if (file) this.#note(file);
  }

  #note(file: SpoolFile): void {
    this.#files.push(file);
    this.#fileRecords += file.records;
    this.#fileBytes += file.bytes;
  }

  #forget(name: string): void {
    const place = this.#files.findIndex((file) => file.name === name);
    const [file] = place === -1 ? [] : this.#files.splice(place, 1);
    this.#fileRecords -= file?.records ?? 0;
    this.#fileBytes -= file?.bytes ?? 0;
  }

  async #describe(name: string, nowMs: number): Promise<SpoolFile | undefined> {
    const [, number, kind] = NAME.exec(name) ?? [];
    if (number === undefined || name === this.#ownServed) return undefined;
    const { size, mtimeMs } = await stat(path.join(this.#directory, name)).catch(() => ({ size: 0, mtimeMs: 0 }));
    // The counts of a process that lives are its own to tell: an old one would undo a newer one.
    if (kind === "served" && nowMs - mtimeMs < GONE_AFTER_MS && isAlive(Number(number))) return undefined;
    const records = kind === "served" ? 0 : Number(number);
    return { name, kind: kind as Parcel["kind"], records, bytes: size };
  }

  /** Makes the folder, and refuses one that another account could read or swap. */
  #prepare(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const { uid } = lstatSync(path.dirname(this.#directory));
    const own = lstatSync(this.#directory);
    const me = process.getuid?.() ?? own.uid;
    if (!own.isDirectory() || own.uid !== me || (uid !== me && uid !== 0)) {
      throw new Error(`${this.#directory} belongs to another account`);
    }
  }

  async #write(name: string, body: string): Promise<void> {
    const temporary = path.join(this.#directory, `${name}.tmp`);
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path.join(this.#directory, name));
    await syncFolder(this.#directory);
  }

  /** Undefined where the disk does not do it; it is told once until it does again. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.#broken = false;
      return result;
    } catch (error) {
      if (!this.#broken) this.#onProblem({ code: "spool", message: `The spool cannot be written: ${String(error)}` });
      this.#broken = true;
      return undefined;
    }
  }
}

function fileOf({ kind, records, body }: Parcel): SpoolFile {
  return { name: `${newId()}.${records}.${kind}`, kind, records, bytes: Buffer.byteLength(body) };
}

function isList(body: string): boolean {
  try {
    return Array.isArray(JSON.parse(body));
  } catch {
    return false;
  }
}

function accountName(): string {
  return String(process.getuid?.() ?? "user");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A rename is durable once its folder is; Windows cannot sync one and does not need it. */
async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
