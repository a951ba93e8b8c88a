/** Where the command writes and how it ends: the process, or a test that runs it without one. */
import process from "node:process";

export interface Terminal {
  out(text: string | Uint8Array): void;
  err(text: string): void;
  /** The code to end with once everything is written. */
  endWith(code: number): void;
  /** Ends at once. */
  exit(code: number): never;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  endWith: (code) => void (process.exitCode = code),
  exit: (code) => process.exit(code),
};
