/** What keeps a backup or a restore from being done. */
import { StewardError } from "@steward/kernel";

export type BackupErrorCode =
  /** The passphrase is too short, or not the one of the file. */
  | "passphrase"
  /** The file is not what was written: cut off, or changed. */
  | "damaged"
  /** The file is no backup, or one of a newer Steward. */
  | "format"
  /** The file to write is there already. */
  | "exists"
  /** The file cannot be read or written. */
  | "file"
  /** The database to restore into holds something. */
  | "not_empty"
  /** The keys that belong to the data are missing, or others stand in their place. */
  | "keys"
  /** What was restored is not the log that was signed. */
  | "ledger";

export class BackupError extends StewardError<BackupErrorCode> {}
