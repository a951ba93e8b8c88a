/**
 * Looks for malware before a file is kept: by clamd (its INSTREAM command) or by any command that ends with 0 for a clean
 * file and with 1 for an infected one, as clamscan and clamdscan do. Whatever else happens counts as not scanned, and
 * then nothing is kept.
 */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { connect, type Socket } from "node:net";

import { StewardError } from "@steward/kernel";

export class ScanError extends StewardError<"unavailable"> {}

export type ScanHook =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "command"; readonly command: string; readonly args: readonly string[] };

/** The name of what was found where it is told; undefined for a clean file. */
export type ScanVerdict = { readonly clean: true } | { readonly clean: false; readonly found: string };

const SCAN_WITHIN_MS = 120_000;
/** clamd's own limit for one piece lies far above. */
const PIECE_BYTES = 64 * 1024;
const ANSWER_MAX_BYTES = 4096;

/** @throws ScanError where the scanner does not answer, or answers anything else. */
export async function scanFile(hook: ScanHook, file: string): Promise<ScanVerdict> {
  return hook.kind === "command" ? runCommand(hook, file) : askClamd(hook, file);
}

async function runCommand(hook: ScanHook & { kind: "command" }, file: string): Promise<ScanVerdict> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(hook.command, [...hook.args, file], { stdio: "ignore", timeout: SCAN_WITHIN_MS });
    child.once("error", (cause) => reject(unavailable(cause)));
    child.once("exit", (exit) => resolve(exit));
  });
  if (code === 0) return { clean: true };
  if (code === 1) return { clean: false, found: "malware" };
  throw unavailable(new Error(`exit code ${code}`));
}

async function askClamd(hook: Exclude<ScanHook, { kind: "command" }>, file: string): Promise<ScanVerdict> {
  const socket = hook.kind === "tcp" ? connect({ host: hook.host, port: hook.port }) : connect({ path: hook.path });
  socket.setTimeout(SCAN_WITHIN_MS, () => socket.destroy(new Error("no answer in time")));
  try {
    const answer = readAnswer(socket);
    // It may already be telling of an error while the file is sent.
    answer.catch(() => undefined);
    await write(socket, Buffer.from("zINSTREAM\0"));
    for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(piece.length);
      await write(socket, Buffer.concat([length, piece]));
    }
    await write(socket, Buffer.alloc(4));
    return verdictOf(await answer);
  } catch (error) {
    throw error instanceof ScanError ? error : unavailable(error);
  } finally {
    socket.destroy();
  }
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function readAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\0") || text.length > ANSWER_MAX_BYTES) resolve(text.replace(/\0[^]*$/, ""));
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed without an answer")));
  });
}

function verdictOf(answer: string): ScanVerdict {
  if (/^stream: OK$/.test(answer)) return { clean: true };
  const found = /^stream: (.{1,200}) FOUND$/.exec(answer)?.[1];
  if (found !== undefined) return { clean: false, found };
  throw unavailable(new Error(`it answers ${JSON.stringify(answer.slice(0, 100))}`));
}

function unavailable(cause: unknown): ScanError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ScanError("unavailable", `The virus scanner could not look at the file: ${reason}.`, { cause });
}
