/** Keys that live outside the database and outside data backups: whoever has only the data cannot sign or unmask. */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { appendFile, chmod, link, mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { isUuid, StewardError, type Uuid } from "@steward/kernel";
import { ED25519, encodeVkey, parseCheckpointText, parseNote, type Signer, verifierKey } from "@steward/ledger";

export class KeyError extends StewardError<"key_missing" | "key_unreadable"> {}

export interface KeyStore {
  /** Makes the signing key of a new log, or answers the one that a broken-off attempt left. */
  createSigner(orgId: Uuid, origin: string): Promise<Signer>;
  /** @throws KeyError `key_missing` */
  signer(orgId: Uuid, origin: string): Promise<Signer>;
  /** The organisation's key for pseudonyms (HMAC-SHA256); made when first asked for. */
  subjectKey(orgId: Uuid): Promise<KeyObject>;
  /** The organisation's key from which the secrets of its webhooks are derived; made when first asked for. */
  webhookKey(orgId: Uuid): Promise<KeyObject>;
  /** The checkpoint (a signed note) that was signed last under this name of the log, as far as this store knows. */
  lastCheckpoint(orgId: Uuid, origin: string): Promise<string | undefined>;
  /** Keeps a checkpoint that was signed, unless a larger one of the same name is kept already. */
  keepCheckpoint(orgId: Uuid, note: string): Promise<void>;
  /** Keeps what was erased, beside the keys: a backup from before it does not know, and must not bring it back. */
  readonly erasures: ErasureJournal;
}

/** Lines of JSON, one for each erasure, in the order of the log. */
export interface ErasureJournal {
  append(orgId: Uuid, lines: readonly string[]): Promise<void>;
  read(orgId: Uuid): Promise<string[]>;
}

const SECRET_KEY_BYTES = 32;
/** Where the raw public key begins in its DER form (RFC 8410): a fixed prefix of 12 bytes. */
const SPKI_PREFIX_BYTES = 12;

/** Keys as files in a directory that only the server's user can read. */
export function directoryKeyStore(directory: string): KeyStore {
  const signers = new Map<string, Signer>();
  const secrets = new Map<string, KeyObject>();
  const fileOf = (orgId: Uuid, name: string) => {
    if (!isUuid(orgId)) throw new RangeError("A key belongs to an organisation's id.");
    return path.join(directory, `${orgId}.${name}`);
  };
  const load = async (orgId: Uuid, origin: string) => {
    const known = signers.get(origin);
    if (known) return known;
    const file = fileOf(orgId, `ledger${epochSuffix(origin)}.pem`);
    const pem = await readKey(file);
    if (pem === undefined) {
      throw new KeyError(
        "key_missing",
        `The ledger key ${file} is missing: bring it back with \`steward keys import\`, and give all servers of this database the same directory.`,
      );
    }
    const made = signerOf(parseKey(pem, file), origin);
    signers.set(origin, made);
    return made;
  };
  const secret = async (orgId: Uuid, name: string) => {
    const kept = `${orgId}.${name}`;
    const known = secrets.get(kept);
    if (known) return known;
    const file = fileOf(orgId, name);
    await writeOnce(directory, file, randomBytes(SECRET_KEY_BYTES));
    // As a key object: the bytes of a buffer would be copied and checked at each use, six times the cost of the hash.
    const key = createSecretKey(await readFile(file));
    secrets.set(kept, key);
    return key;
  };
  return {
    signer: load,
    async createSigner(orgId, origin) {
      const { privateKey } = generateKeyPairSync("ed25519");
      const file = fileOf(orgId, `ledger${epochSuffix(origin)}.pem`);
      await writeOnce(directory, file, privateKey.export({ type: "pkcs8", format: "pem" }));
      return load(orgId, origin);
    },
    subjectKey: async (orgId) => secret(orgId, "subject.key"),
    webhookKey: async (orgId) => secret(orgId, "webhook.key"),
    async lastCheckpoint(orgId, origin) {
      return (await readIfThere(fileOf(orgId, `checkpoint${epochSuffix(origin)}`)))?.toString("utf8");
    },
    async keepCheckpoint(orgId, note) {
      const { origin, size } = checkpointOf(note);
      const file = fileOf(orgId, `checkpoint${epochSuffix(origin)}`);
      const kept = (await readIfThere(file))?.toString("utf8");
      if (kept === undefined || checkpointOf(kept).size < size) await replaceFile(file, note);
    },
    erasures: {
      async append(orgId, lines) {
        await makeDirectory(directory);
        await appendFile(fileOf(orgId, "erasures"), lines.map((line) => `${line}\n`).join(""), {
          mode: 0o600,
          flush: true,
        });
      },
      async read(orgId) {
        // A line that a crash cut off was not acknowledged; the erasure is still in the database, and is written again.
        const text = (await readIfThere(fileOf(orgId, "erasures")))?.toString("utf8") ?? "";
        return text.split("\n").slice(0, -1).filter(isJson);
      },
    },
  };
}

function checkpointOf(note: string): { origin: string; size: number } {
  return parseCheckpointText(parseNote(note).text);
}

/** Later epochs of a log have a name that ends in their number and a random part, and keys and checkpoints of their own. */
function epochSuffix(origin: string): string {
  const epoch = /\/log\/[^/]+\/(\d+-[0-9a-f]+)$/.exec(origin)?.[1];
  return epoch === undefined ? "" : `-${epoch}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Readers see the old content or the new one, whole. */
async function replaceFile(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}

function signerOf(privateKey: KeyObject, origin: string): Signer {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const key = verifierKey(origin, ED25519, new Uint8Array(spki.subarray(SPKI_PREFIX_BYTES)));
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

export function vkeyOf(signer: Signer): string {
  return encodeVkey(signer.key);
}

/** Writes a file whole or not at all, and never over another: two nodes that start together end with one key. */
async function writeOnce(directory: string, file: string, content: string | Uint8Array): Promise<void> {
  await makeDirectory(directory);
  if ((await readIfThere(file)) !== undefined) return;
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
}

async function readKey(file: string): Promise<Buffer | undefined> {
  try {
    return await readIfThere(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new KeyError("key_unreadable", `The ledger key ${file} can't be read (${String(code)}).`, { cause });
  }
}

function parseKey(pem: Buffer, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // The library's words may quote what is in the file.
  }
  throw new KeyError(
    "key_unreadable",
    `The ledger key ${file} is damaged: bring it back with \`steward keys import\`.`,
  );
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
