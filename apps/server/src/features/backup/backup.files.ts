/** Evidence files on their way into a backup, and out of one. */
import type { Readable } from "node:stream";

import type { EvidenceFiles } from "../../platform/files/evidence-files.ts";
import { receive } from "../../platform/files/incoming.ts";
import { NEEDED_FILES } from "../attachments/attachments.read.ts";
import type { BackupFiles } from "./backup.dump.ts";
import type { RestoreFiles } from "./backup.load.ts";

/** Files that the rows of a snapshot need; none is removed from the store within a day (see attachments.store.ts). */
export function neededFiles({ store }: EvidenceFiles): BackupFiles {
  return {
    async list(client) {
      // A database of an older program has none yet.
      const known = await client.query("SELECT WHERE to_regclass('evidence_content') IS NOT NULL");
      if (known.rowCount === 0) return [];
      const { rows } = await client.query<{ digest: string; size_bytes: string }>(NEEDED_FILES);
      return rows.map(({ digest, size_bytes }) => ({ digest, sizeBytes: Number(size_bytes) }));
    },
    open: (digest) => store.open(digest),
  };
}

/** Files that come out of a backup: hashed, and only then named after what they hold. */
export function arrivingFiles({ store, incoming }: EvidenceFiles): RestoreFiles {
  return {
    async put(content: Readable) {
      const received = await receive(incoming, content as AsyncIterable<Uint8Array>, Number.MAX_SAFE_INTEGER);
      try {
        await store.put(received.digest, received.path, received.sizeBytes);
        return { digest: received.digest };
      } finally {
        await received.discard();
      }
    },
  };
}
