/**
 * `steward ledger witness`: cosigns a log's newest checkpoint if it continues the last one cosigned (C2SP tlog-witness),
 * so that whoever runs the log cannot rewrite it unnoticed, nor show different histories to different people.
 */
import { counted } from "@steward/kernel";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { open, readFile, rename, writeFile } from "node:fs/promises";

import {
  cosign,
  ED25519_COSIGNATURE,
  encodeVkey,
  formatSignatureLine,
  judgeCheckpoint,
  LedgerError,
  parseVkey,
  type Signer,
  verifierKey,
  type WitnessState,
} from "@steward/ledger";

import { call, type Server } from "../server.ts";
import { UsageError } from "../usage.ts";
import { print } from "./report.ts";
import { type LedgerSummary, readLedger } from "./server.ts";

/** The beginning of a private key's text, in the form of Go's sumdb/note. */
const KEY_PREFIX = "PRIVATE+KEY+";
const SEED_BYTES = 32;
/** DER (RFC 8410) around the 32 bytes of a private and of a public key. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_BYTES = 12;

export interface WitnessFiles {
  readonly keyFile: string;
  readonly stateFile: string;
  /** Goes on with a log that lost entries which were cosigned, as one that is seen for the first time. */
  readonly acceptLoss?: boolean | undefined;
}

/** Makes a key; answers true. @throws UsageError where the file exists, or the name is none. */
export async function createWitnessKey(file: string, name: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const signer = refused(() => signerOf(name, privateKey));
  const seed = privateKey.export({ type: "pkcs8", format: "der" }).subarray(PKCS8_PREFIX.length);
  const material = Buffer.concat([Buffer.of(ED25519_COSIGNATURE), seed]).toString("base64");
  const text = `${KEY_PREFIX}${name}+${Buffer.from(signer.key.id).toString("hex")}+${material}\n`;
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx", flush: true });
  } catch (cause) {
    throw new UsageError(`${file} cannot be made, or is there already.`, { cause });
  }
  print(`Public key, for auditors: ${encodeVkey(signer.key)}`);
  return true;
}

/** Answers whether the checkpoint was cosigned. @throws UsageError where that could not be judged. */
export async function runWitness(server: Server, files: WitnessFiles): Promise<boolean> {
  const { keyFile, stateFile } = files;
  const signer = await readKey(keyFile);
  const ledger = await readLedger(server);
  const { checkpoint, verificationKey } = ledger;
  const before = (await readState(stateFile)) ?? { vkey: verificationKey, last: undefined };
  const state = followEpochs(before, ledger, files.acceptLoss ?? false);
  if (state === undefined) return false;
  if (state.last === undefined) print(`First sight of this log; from now on its key is ${state.vkey}`);
  const oldSize = state.last?.size ?? 0;
  if (checkpoint.size < oldSize) {
    print(`NOT COSIGNED: the log has ${checkpoint.size} entries, and had ${oldSize} when you cosigned it.`);
    return false;
  }
  const { proof } = await call(server, (client) =>
    client.getConsistency({ query: { from: oldSize, to: checkpoint.size } }),
  );
  const request = { oldSize, proof: proof.map(fromBase64), checkpoint: checkpoint.note };
  const verdict = judgeCheckpoint(request, [parseVkey(state.vkey)], state.last);
  if (!verdict.accepted) {
    print(`NOT COSIGNED: ${verdict.reason}`);
    return false;
  }
  // What is cosigned must not be forgotten, so it is on the disk before the cosignature leaves.
  await writeState(stateFile, { vkey: state.vkey, last: verdict.next });
  const cosignature = formatSignatureLine(
    await cosign(checkpoint.note, signer, BigInt(Math.floor(Date.now() / 1000))),
  ).trimEnd();
  const body = { size: checkpoint.size, verificationKey: encodeVkey(signer.key), cosignature };
  await call(server, (client) => client.addCosignature({ body }));
  print(`Cosigned ${checkpoint.size} entries as ${signer.key.name}.`);
  return true;
}

/**
 * A log that was restored goes on under another name and key. Where nothing that was cosigned was lost, the consistency
 * proof reaches across, and the witness follows; otherwise it does not, unless it is told to. Undefined: not cosigned.
 */
function followEpochs(
  state: State,
  { epochs, verificationKey }: LedgerSummary,
  acceptLoss: boolean,
): State | undefined {
  const ended = epochs.find((epoch) => epoch.verificationKey === state.vkey);
  if (ended === undefined || state.last === undefined) return state;
  const lost = state.last.size - ended.size;
  if (lost <= 0) {
    print(`The log was restored from a backup, and holds all that you cosigned. Its key is now ${verificationKey}`);
    return { vkey: verificationKey, last: state.last };
  }
  const what = `${counted(lost, "entry", "entries")} that you cosigned`;
  if (!acceptLoss) {
    print(
      `NOT COSIGNED: the log was restored from a backup, and ${what} are lost. Keep the file of what you cosigned as ` +
        "evidence, look at what the log says of it, and run the command with --accept-loss to go on.",
    );
    return undefined;
  }
  print(`Going on without ${what}. The log's key is now ${verificationKey}`);
  return { vkey: verificationKey, last: undefined };
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function signerOf(name: string, privateKey: KeyObject): Signer {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const key = verifierKey(name, ED25519_COSIGNATURE, new Uint8Array(spki.subarray(SPKI_PREFIX_BYTES)));
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

async function readKey(file: string): Promise<Signer> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read; make a key with \`steward ledger witness-key\`.`, { cause });
  });
  const match = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+(\S+)\s*$/.exec(text);
  const material = Buffer.from(match?.[3] ?? "", "base64");
  if (!match || material.length !== 1 + SEED_BYTES || material[0] !== ED25519_COSIGNATURE) {
    throw new UsageError(`${file} holds no key for witnessing.`);
  }
  const der = Buffer.concat([PKCS8_PREFIX, material.subarray(1)]);
  const signer = refused(() =>
    signerOf(match[1] as string, createPrivateKey({ key: der, format: "der", type: "pkcs8" })),
  );
  if (Buffer.from(signer.key.id).toString("hex") === match[2]) return signer;
  throw new UsageError(`${file} is damaged: its key does not belong to its name.`);
}

interface State {
  /** The key by which this log was first known. */
  readonly vkey: string;
  readonly last: WitnessState | undefined;
}

async function readState(file: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
  const damaged = new UsageError(`${file} is damaged. Without it nobody knows what you cosigned: restore it.`);
  try {
    const { vkey, size, root } = JSON.parse(text) as { vkey: string; size: number; root: string };
    parseVkey(vkey);
    if (!Number.isSafeInteger(size) || size < 0) throw damaged;
    return { vkey, last: { size, root: fromBase64(root) } };
  } catch {
    throw damaged;
  }
}

/** Whole or not at all, and on the disk when it returns. */
async function writeState(file: string, { vkey, last }: State): Promise<void> {
  const draft = `${file}.new`;
  const root = Buffer.from((last as WitnessState).root).toString("base64");
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ vkey, size: last?.size, root }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

function refused<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof LedgerError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
