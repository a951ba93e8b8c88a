/** The core, without anything of Node: browsers, workers and edge functions get this. */
import { webPlatform } from "./platform.ts";
import { connectOn, type Steward } from "./steward.ts";
import type { ConnectOptions } from "./types.ts";

export type { FlushOptions, Steward } from "./steward.ts";
export type * from "./types.ts";
export { watchAnthropic } from "./wrap/anthropic.ts";
export { stewardCallbacks } from "./wrap/langchain.ts";
export { watchOpenAI } from "./wrap/openai.ts";
export { stewardMiddleware } from "./wrap/vercel.ts";
export type { WatchOptions } from "./wrap/watch.ts";

/** Connects an AI system to a Steward server. Never throws: a wrong configuration is a problem that health tells. */
export function connect(options: ConnectOptions): Steward {
  return connectOn(webPlatform, options);
}
