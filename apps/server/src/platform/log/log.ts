/** The server's log: one JSON object a line on standard output, with secrets masked. */
import { pino } from "pino";
import type { DestinationStream, Logger as PinoLogger } from "pino";

import type { LogLevel } from "../config/config.ts";

export type Logger = PinoLogger;

/** Names whose values are masked wherever they stand in the first levels of a logged object. */
const SECRET_NAMES = [
  "password",
  "passphrase",
  "secret",
  "token",
  "apiKey",
  "privateKey",
  "authorization",
  "cookie",
  "set-cookie",
  "databaseUrl",
  "connectionString",
];

/** Deeper objects are not logged; pino's masking needs the depth spelled out. */
const MASKED_DEPTH = 4;

/** A chain of causes longer than this is a loop. */
const MAX_CAUSES = 5;

/**
 * A logger that writes lines `{"level":"info","time":"2026-…Z","msg":"…",…}`.
 * Errors are logged under `err` with type, code, message, stack and causes, without the details that PostgreSQL adds
 * about a row's values.
 */
export function createLogger(options: { level: LogLevel; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: secretPaths(), censor: "[secret]" },
    },
    // Written at once: the last line before a crash is the one that is needed.
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

interface ErrorDescription {
  type: string;
  message: string;
  code?: unknown;
  stack?: string | undefined;
  cause?: ErrorDescription | undefined;
}

function describeError(error: unknown, depth = 0): ErrorDescription | undefined {
  if (error === undefined || error === null || depth >= MAX_CAUSES) return undefined;
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  return {
    type: error.name,
    message: error.message,
    ...("code" in error ? { code: error.code } : {}),
    stack: error.stack,
    cause: describeError(error.cause, depth + 1),
  };
}

function secretPaths(): string[] {
  const paths: string[] = [];
  for (let depth = 0; depth < MASKED_DEPTH; depth++) {
    for (const name of SECRET_NAMES) paths.push(`${"*.".repeat(depth)}["${name}"]`.replace('.["', '["'));
  }
  return paths;
}
