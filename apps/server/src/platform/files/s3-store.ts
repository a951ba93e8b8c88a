/**
 * Evidence files in a bucket of any S3-compatible service. The address is the operator's; of what people send only the
 * digest becomes a part of it, and redirects are not followed, so that nobody can lead requests elsewhere.
 */
import { openAsBlob } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";

import { AwsClient } from "aws4fetch";

import type { Secret } from "../config/secret.ts";
import { FileError, type FileStore, requireDigest } from "./store.ts";

export interface S3Options {
  /** Address of the bucket, with a prefix where wanted: `https://s3.example.org/bucket/prefix`. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

/** Time until the service begins to answer; a file itself may take longer. */
const ANSWER_WITHIN_MS = 30_000;
/** A transfer of the largest file over a slow line. */
const TRANSFER_WITHIN_MS = 600_000;

export function s3Store({ url, region, accessKeyId, secretAccessKey }: S3Options): FileStore {
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    region,
    service: "s3",
    // Its own repetitions would hide a service that is away; callers decide.
    retries: 0,
  });
  const base = url.replace(/\/+$/, "");
  const addressOf = (digest: string) => `${base}/${requireDigest(digest)}`;
  const send = async (digest: string, init: RequestInit, timeoutMs = ANSWER_WITHIN_MS): Promise<Response> => {
    const address = addressOf(digest);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      return await client.fetch(address, { ...init, redirect: "manual", signal });
    } catch (cause) {
      throw new FileError("unavailable", `The store of evidence files at ${base} does not answer.`, { cause });
    }
  };
  return {
    async put(digest, path, sizeBytes) {
      const body = await openAsBlob(path);
      const headers = { "x-amz-content-sha256": requireDigest(digest), "content-length": String(sizeBytes) };
      await expect(await send(digest, { method: "PUT", body, headers }, TRANSFER_WITHIN_MS), base, [200]);
    },
    async open(digest) {
      const response = await send(digest, { method: "GET" }, TRANSFER_WITHIN_MS);
      if (response.status === 404) throw new FileError("missing", `The evidence file ${digest} is not in ${base}.`);
      await expect(response, base, [200], false);
      return Readable.fromWeb(response.body as unknown as WebStream<Uint8Array>);
    },
    async has(digest) {
      const response = await send(digest, { method: "HEAD" });
      await expect(response, base, [200, 404]);
      return response.status === 200;
    },
    async remove(digest) {
      await expect(await send(digest, { method: "DELETE" }), base, [200, 204, 404]);
    },
  };
}

async function expect(response: Response, base: string, statuses: readonly number[], drain = true): Promise<void> {
  const good = statuses.includes(response.status);
  // A body that nobody reads would keep its connection.
  if (drain || !good) await response.body?.cancel();
  if (good) return;
  throw new FileError("unavailable", `The store of evidence files at ${base} answers ${response.status}.`);
}
