/** The server's configuration: read once from environment variables, checked, and passed on as a value. */
import { isIP } from "node:net";
import path from "node:path";

import { StewardError } from "@steward/kernel";
import * as z from "zod";

import { isMailFrom, isMailUrl, type MailConfig, mailConfig } from "./mail.ts";
import { type FilesConfig, filesOf, filesProblem, filesVariables } from "./config.files.ts";
import { Secret } from "./secret.ts";

export class ConfigError extends StewardError<"invalid"> {}

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** Absolute path of the folder that holds everything this installation keeps on disk. */
  readonly dataDir: string;
  /** The user's own PostgreSQL (15 or newer); undefined means the embedded one. */
  readonly databaseUrl: Secret | undefined;
  readonly host: string;
  /** 0 lets the operating system choose a free port. */
  readonly port: number;
  /** The origin under which browsers reach Steward, without a trailing slash. */
  readonly publicUrl: string;
  readonly logLevel: LogLevel;
  /** When set, /metrics asks for it as a bearer token. */
  readonly metricsToken: Secret | undefined;
  /** Addresses and CIDR ranges whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Addresses, CIDR ranges and groups beside the public internet to which webhooks may go. */
  readonly webhookNetworks: readonly string[];
  readonly files: FilesConfig;
  /** Absolute paths of certificate (with its chain) and private key, both PEM; undefined: plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Serves although the clock of this machine is behind what was recorded. */
  readonly acceptClock: boolean;
  /** The mail server; undefined means that Steward sends no mail. */
  readonly mail: MailConfig | undefined;
  /** The Unix account that the embedded PostgreSQL runs under when Steward is started as root. */
  readonly serviceAccount: string | undefined;
}

const DEFAULT_DATA_DIR = ".steward";
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 42001;
const MAX_PORT = 65_535;
/** A shorter token could be found by trying; 16 characters of a password generator hold 95 bits. */
const MIN_METRICS_TOKEN_LENGTH = 16;

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9][a-z0-9-]{0,62})*$/i;
const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}\$?$/i;
const PROXY_GROUPS = new Set(["loopback", "linklocal", "uniquelocal"]);

const variables = z.object({
  STEWARD_DATA_DIR: z
    .string()
    .refine((text) => !text.includes("\0"), "must be the path of a folder")
    .optional(),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, "must look like postgresql://user:password@host:5432/database")
    .optional(),
  STEWARD_HOST: z
    .string()
    .refine(isHost, "must be an IP address or a host name, such as 127.0.0.1, 0.0.0.0 or ::")
    .optional(),
  STEWARD_PORT: z.string().refine(isPort, `must be a whole number from 0 to ${MAX_PORT}`).transform(Number).optional(),
  STEWARD_PUBLIC_URL: z
    .string()
    .refine(isOrigin, "must be an http or https address without path, such as https://steward.example.org")
    .transform((text) => new URL(text).origin)
    .optional(),
  STEWARD_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).optional(),
  STEWARD_METRICS_TOKEN: z
    .string()
    .min(MIN_METRICS_TOKEN_LENGTH, `must have at least ${MIN_METRICS_TOKEN_LENGTH} characters`)
    .regex(/^[\x21-\x7e]+$/, "must consist of visible ASCII characters without spaces")
    .optional(),
  STEWARD_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine(
      (parts) => parts.every(isProxy),
      "must be a comma-separated list of IP addresses, CIDR ranges, or loopback, linklocal, uniquelocal",
    )
    .optional(),
  STEWARD_WEBHOOK_NETWORKS: z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine(
      (parts) => parts.every(isProxy),
      "must be a comma-separated list of IP addresses, CIDR ranges, or loopback, linklocal, uniquelocal",
    )
    .optional(),
  ...filesVariables,
  STEWARD_TLS_CERT: z.string().optional(),
  STEWARD_TLS_KEY: z.string().optional(),
  STEWARD_ACCEPT_CLOCK: z.literal("yes", "must be yes, or not set").optional(),
  STEWARD_SMTP_URL: z
    .string()
    .refine(
      isMailUrl,
      "must look like smtp://user:password@mail.example.org:587 or smtps://…, with ?tls=optional at most",
    )
    .optional(),
  STEWARD_MAIL_FROM: z.string().refine(isMailFrom, "must look like Steward <steward@example.org>").optional(),
  STEWARD_SERVICE_ACCOUNT: z.string().regex(ACCOUNT_NAME, "must be the name of a Unix account").optional(),
});

/**
 * Reads the configuration.
 *
 * | Variable | Meaning | Default |
 * |---|---|---|
 * | STEWARD_DATA_DIR | folder of the database, keys and files; relative to the current folder | `.steward` in the current folder |
 * | DATABASE_URL | own PostgreSQL 15+ instead of the embedded one; a direct or session-pooled connection | embedded |
 * | STEWARD_HOST | address to listen on | 127.0.0.1 |
 * | STEWARD_PORT | port to listen on | 42001 |
 * | STEWARD_PUBLIC_URL | origin that browsers use | http://localhost:<port> |
 * | STEWARD_LOG_LEVEL | fatal, error, warn, info, debug, trace, silent | info |
 * | STEWARD_METRICS_TOKEN | bearer token that /metrics asks for | none |
 * | STEWARD_TRUSTED_PROXIES | proxies whose forwarded headers are believed | none |
 * | STEWARD_WEBHOOK_NETWORKS | networks beside the public internet to which webhooks may go | none |
 * | STEWARD_TLS_CERT, STEWARD_TLS_KEY | certificate with its chain, and private key, as PEM files; read again when they change | none: plain HTTP |
 * | STEWARD_ACCEPT_CLOCK | `yes` serves although this machine's clock is behind what was recorded | not set |
 * | STEWARD_FILES_DIR | folder of evidence files | `files` in the data folder |
 * | STEWARD_S3_URL | address of a bucket (and prefix) for evidence files instead of a folder | none |
 * | STEWARD_S3_REGION, STEWARD_S3_ACCESS_KEY_ID, STEWARD_S3_SECRET_ACCESS_KEY | how it is signed for | region us-east-1 |
 * | STEWARD_FILE_MAX_MB | largest evidence file | 100 |
 * | STEWARD_VIRUS_SCAN | tcp://host:3310, unix:/path of clamd's socket, or command:/path with arguments | none |
 * | STEWARD_SMTP_URL | mail server, smtp:// (STARTTLS) or smtps:// | none: no mail is sent |
 * | STEWARD_MAIL_FROM | sender of mails | Steward <steward@host of the public address> |
 * | STEWARD_SERVICE_ACCOUNT | Unix account of the embedded PostgreSQL when Steward runs as root | nobody |
 *
 * The data folder stands in the current folder by default, so that a trial leaves nothing behind elsewhere; real use
 * names a folder outside the checkout. An empty variable counts as unset.
 * @throws ConfigError `invalid`, naming every wrong variable and what is allowed; values of secrets are not repeated.
 */
export function loadConfig(env: NodeJS.ProcessEnv, currentDir: string = process.cwd()): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = variables.safeParse(present);
  if (!parsed.success) throw new ConfigError("invalid", explain(parsed.error));
  const values = parsed.data;
  const problem = filesProblem(values) ?? tlsProblem(values);
  if (problem !== undefined) throw new ConfigError("invalid", `The configuration is not usable:\n  ${problem}`);
  const dataDir = path.resolve(currentDir, values.STEWARD_DATA_DIR ?? DEFAULT_DATA_DIR);
  const port = values.STEWARD_PORT ?? DEFAULT_PORT;
  const tls = tlsOf(values, currentDir);
  const publicUrl = values.STEWARD_PUBLIC_URL ?? `${tls === undefined ? "http" : "https"}://localhost:${port}`;
  const smtpUrl = values.STEWARD_SMTP_URL;
  return {
    dataDir,
    databaseUrl: values.DATABASE_URL === undefined ? undefined : new Secret(values.DATABASE_URL),
    host: values.STEWARD_HOST ?? DEFAULT_HOST,
    port,
    publicUrl,
    logLevel: values.STEWARD_LOG_LEVEL ?? "info",
    metricsToken: values.STEWARD_METRICS_TOKEN === undefined ? undefined : new Secret(values.STEWARD_METRICS_TOKEN),
    trustedProxies: values.STEWARD_TRUSTED_PROXIES ?? [],
    webhookNetworks: values.STEWARD_WEBHOOK_NETWORKS ?? [],
    files: filesOf(values, dataDir, currentDir),
    tls,
    acceptClock: values.STEWARD_ACCEPT_CLOCK === "yes",
    mail: smtpUrl === undefined ? undefined : mailConfig(smtpUrl, values.STEWARD_MAIL_FROM, publicUrl),
    serviceAccount: values.STEWARD_SERVICE_ACCOUNT,
  };
}

interface TlsValues {
  readonly STEWARD_TLS_CERT?: string | undefined;
  readonly STEWARD_TLS_KEY?: string | undefined;
  readonly STEWARD_PUBLIC_URL?: string | undefined;
}

function tlsProblem({ STEWARD_TLS_CERT: cert, STEWARD_TLS_KEY: key, STEWARD_PUBLIC_URL: url }: TlsValues) {
  if ((cert === undefined) !== (key === undefined)) return "STEWARD_TLS_CERT and STEWARD_TLS_KEY go together.";
  if (cert === undefined || url === undefined || url.startsWith("https:")) return undefined;
  return "STEWARD_PUBLIC_URL must begin with https:// where STEWARD_TLS_CERT is set.";
}

function tlsOf({ STEWARD_TLS_CERT: cert, STEWARD_TLS_KEY: key }: TlsValues, currentDir: string): Config["tls"] {
  if (cert === undefined || key === undefined) return undefined;
  return { certFile: path.resolve(currentDir, cert), keyFile: path.resolve(currentDir, key) };
}

function explain(error: z.ZodError): string {
  const lines = error.issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}.`);
  return `The configuration is not usable:\n${lines.join("\n")}`;
}

function isDatabaseUrl(text: string): boolean {
  // Node's URL refuses an empty host, which libpq allows for a Unix socket named in the query.
  const url = URL.parse(text.replace(/^(postgres(?:ql)?:\/\/(?:[^/@]*@)?)\//, "$1localhost/"));
  return url !== null && (url.protocol === "postgres:" || url.protocol === "postgresql:") && url.pathname.length > 1;
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || HOST_NAME.test(text);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
}

function isProxy(text: string): boolean {
  if (PROXY_GROUPS.has(text)) return true;
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
