/** The part of the configuration that is about evidence files. */
import path from "node:path";

import * as z from "zod";

import { Secret } from "./secret.ts";

export interface FilesConfig {
  /** Absolute path of the folder that holds evidence files, and what is being uploaded. */
  readonly directory: string;
  /** A bucket instead of that folder. */
  readonly s3:
    | {
        readonly url: string;
        readonly region: string;
        readonly accessKeyId: string;
        readonly secretAccessKey: Secret;
      }
    | undefined;
  readonly maxBytes: number;
  readonly virusScan:
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "socket"; readonly path: string }
    | { readonly kind: "command"; readonly command: string; readonly args: readonly string[] }
    | undefined;
}

const MEGABYTE = 1024 * 1024;
const DEFAULT_MAX_MB = 100;
/** A larger file is no evidence that anybody looks at; keep it where it is and attach its digest. */
const MAX_MB = 2048;
const DEFAULT_REGION = "us-east-1";
const CLAMD_PORT = 3310;

export const filesVariables = {
  STEWARD_FILES_DIR: z
    .string()
    .refine((text) => !text.includes("\0"), "must be the path of a folder")
    .optional(),
  STEWARD_S3_URL: z
    .string()
    .refine(isBucketUrl, "must be the address of a bucket, such as https://s3.example.org/steward-files")
    .optional(),
  STEWARD_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "must be the name of a region, such as eu-central-1")
    .optional(),
  STEWARD_S3_ACCESS_KEY_ID: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be visible ASCII")
    .optional(),
  STEWARD_S3_SECRET_ACCESS_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be visible ASCII")
    .optional(),
  STEWARD_FILE_MAX_MB: z
    .string()
    .refine(
      (text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_MB,
      `must be a whole number from 1 to ${MAX_MB}`,
    )
    .transform(Number)
    .optional(),
  STEWARD_VIRUS_SCAN: z
    .string()
    .transform((text, context) => {
      const hook = readHook(text);
      if (hook === undefined) {
        context.addIssue({
          code: "custom",
          message: "must be tcp://host:3310, unix:/path of a socket, or command:/path with arguments",
        });
        return z.NEVER;
      }
      return hook;
    })
    .optional(),
};

type Values = { [K in keyof typeof filesVariables]?: z.output<(typeof filesVariables)[K]> };

/** What is wrong with the variables together; undefined where nothing is. */
export function filesProblem(values: Values): string | undefined {
  const hasKeys = values.STEWARD_S3_ACCESS_KEY_ID !== undefined && values.STEWARD_S3_SECRET_ACCESS_KEY !== undefined;
  if (values.STEWARD_S3_URL === undefined || hasKeys) return undefined;
  return "STEWARD_S3_URL needs STEWARD_S3_ACCESS_KEY_ID and STEWARD_S3_SECRET_ACCESS_KEY beside it.";
}

export function filesOf(values: Values, dataDir: string, currentDir: string): FilesConfig {
  const { STEWARD_FILES_DIR: directory, STEWARD_S3_URL: url } = values;
  return {
    directory: directory === undefined ? path.join(dataDir, "files") : path.resolve(currentDir, directory),
    s3:
      url === undefined
        ? undefined
        : {
            url,
            region: values.STEWARD_S3_REGION ?? DEFAULT_REGION,
            accessKeyId: values.STEWARD_S3_ACCESS_KEY_ID ?? "",
            secretAccessKey: new Secret(values.STEWARD_S3_SECRET_ACCESS_KEY ?? ""),
          },
    maxBytes: (values.STEWARD_FILE_MAX_MB ?? DEFAULT_MAX_MB) * MEGABYTE,
    virusScan: values.STEWARD_VIRUS_SCAN,
  };
}

function isBucketUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return false;
  return url.search === "" && url.hash === "" && url.pathname.length > 1 && !/\/\.{1,2}(\/|$)/.test(text);
}

function readHook(text: string): FilesConfig["virusScan"] {
  if (text.startsWith("unix:/")) return { kind: "socket", path: text.slice("unix:".length) };
  if (text.startsWith("command:/")) {
    const [command = "", ...args] = text.slice("command:".length).trim().split(/\s+/);
    return { kind: "command", command, args };
  }
  const url = text.startsWith("tcp://") ? URL.parse(text) : null;
  if (url === null || url.hostname === "" || url.pathname.length > 1) return undefined;
  return {
    kind: "tcp",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? CLAMD_PORT : Number(url.port),
  };
}
