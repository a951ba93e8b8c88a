/** What keeps the server from starting, in one sentence that says what to do. */
import { StewardError } from "@steward/kernel";

import type { Config } from "./platform/config/config.ts";

export class StartError extends StewardError<"port_taken" | "address" | "disk_full" | "forbidden" | "clock"> {}

/** Errors of ours say it themselves; of the system's those that an operator meets; anything else stays what it is. */
export function startFailure(error: unknown, config: Pick<Config, "host" | "port" | "dataDir">): unknown {
  const cause = systemErrorOf(error);
  if (cause === undefined) return error;
  const where = `${config.host}, port ${config.port}`;
  switch (cause.code) {
    case "EADDRINUSE":
      return new StartError("port_taken", `Another program listens at ${where}: stop it, or set STEWARD_PORT.`, {
        cause,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(
        "address",
        `This machine has no address ${config.host}: set STEWARD_HOST to one of its own.`,
        {
          cause,
        },
      );
    case "ENOSPC":
      return new StartError(
        "disk_full",
        `The disk that holds ${config.dataDir} is full: make room, then start again.`,
        {
          cause,
        },
      );
    case "EACCES":
    case "EPERM":
      return cause.syscall === "listen"
        ? new StartError("forbidden", `This account may not listen at ${where}: set STEWARD_PORT to 1024 or more.`, {
            cause,
          })
        : new StartError("forbidden", `This account may not use ${cause.path ?? config.dataDir} (${cause.code}).`, {
            cause,
          });
    default:
      return error;
  }
}

/** The system's error at the bottom, unless one of ours on the way says something better. */
function systemErrorOf(error: unknown): NodeJS.ErrnoException | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    const isOurs = at instanceof StewardError;
    if (!isOurs && code !== undefined && /^E[A-Z]+$/.test(code)) {
      return at === error || code === "ENOSPC" ? (at as NodeJS.ErrnoException) : undefined;
    }
  }
  const text = error instanceof Error ? error.message : "";
  if (!/No space left on device/i.test(text)) return undefined;
  return Object.assign(new Error(text, { cause: error }), { code: "ENOSPC" });
}
