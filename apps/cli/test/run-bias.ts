/** `steward bias` without a process of its own: starting one takes longer than most evaluations. */
import { Command } from "commander";

import { registerBias } from "../src/bias/index.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What stops the command at once, as the end of a process would. */
class Exit extends Error {}

export async function runBias(...args: readonly string[]): Promise<Ended> {
  const out: Uint8Array[] = [];
  let [code, err] = [0, ""];
  const program = new Command("steward");
  registerBias(program, {
    out: (text) => void out.push(Buffer.from(text as string)),
    err: (text) => void (err += text),
    endWith: (ending) => void (code = ending),
    exit: (ending) => {
      code = ending;
      throw new Exit();
    },
  });
  try {
    await program.parseAsync(["bias", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  return { code, out: Buffer.concat(out).toString(), err };
}
