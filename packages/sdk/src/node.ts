/** The same in Node, with a spool on disk and an end that loses nothing. */
import { nodePlatform } from "./platform.node.ts";
import { connectOn, type Steward } from "./steward.ts";
import type { ConnectOptions } from "./types.ts";

export type { FlushOptions, Steward } from "./steward.ts";
export type * from "./types.ts";

/** Connects an AI system to a Steward server. Never throws: a wrong configuration is a problem that health tells. */
export function connect(options: ConnectOptions): Steward {
  return connectOn(nodePlatform, options);
}
