/** Certificate and key from files, and again whenever they were renewed. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Server } from "node:https";

import { StewardError } from "@steward/kernel";
import type { Logger } from "pino";

import type { Config } from "../config/config.ts";

export class TlsError extends StewardError<"unreadable" | "unusable"> {}

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

type TlsFiles = NonNullable<Config["tls"]>;

/** Older versions are broken (RFC 8996). */
export const TLS_MIN_VERSION = "TLSv1.2";

/** @throws TlsError naming the file, and never with what it holds. */
export async function readTls({ certFile, keyFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key] = await Promise.all([readPem("STEWARD_TLS_CERT", certFile), readPem("STEWARD_TLS_KEY", keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch {
    // The library's words may quote what is in the file.
    const message = `${certFile} and ${keyFile} are not a certificate and its private key, both as PEM without a passphrase.`;
    throw new TlsError("unusable", message);
  }
  return { cert, key };
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new TlsError("unreadable", `${variable} names ${file}, which can't be read (${String(code)}).`, { cause });
  }
}

/** Gives a server renewed files; what is not usable is told and the present certificate stays. */
export function tlsRenewal(server: Server, files: TlsFiles, present: TlsMaterial, log: Logger): () => Promise<boolean> {
  let current = present;
  return async () => {
    try {
      const found = await readTls(files);
      if (found.cert === current.cert && found.key === current.key) return false;
      server.setSecureContext({ ...found, minVersion: TLS_MIN_VERSION });
      current = found;
      log.info({ validTo: new X509Certificate(found.cert).validTo }, "the TLS certificate was renewed");
      return true;
    } catch (error) {
      // Two files are not replaced in one step; the next look finds both.
      log.warn({ err: error }, "the TLS files changed and are not usable; the certificate in use stays");
      return false;
    }
  };
}
