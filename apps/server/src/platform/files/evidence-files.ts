/** The evidence files of an installation, as it is configured. */
import path from "node:path";

import type { FilesConfig } from "../config/config.files.ts";
import { directoryStore } from "./directory-store.ts";
import { s3Store } from "./s3-store.ts";
import type { FileStore } from "./store.ts";
import type { ScanHook } from "./virus-scan.ts";

export interface EvidenceFiles {
  readonly store: FileStore;
  /** The folder of this machine in which uploads arrive. */
  readonly incoming: string;
  readonly maxBytes: number;
  readonly virusScan: ScanHook | undefined;
}

export function evidenceFiles({ directory, s3, maxBytes, virusScan }: FilesConfig): EvidenceFiles {
  return {
    store: s3 === undefined ? directoryStore(directory) : s3Store(s3),
    incoming: path.join(directory, "incoming"),
    maxBytes,
    virusScan,
  };
}
