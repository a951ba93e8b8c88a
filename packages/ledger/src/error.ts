import { StewardError } from "@steward/kernel";

export type LedgerErrorCode =
  | "bundle_invalid"
  | "checkpoint_invalid"
  | "disclosure_invalid"
  | "entry_invalid"
  | "entry_not_canonical"
  | "entry_too_large"
  | "field_name_invalid"
  | "key_invalid"
  | "note_invalid"
  | "pack_invalid"
  | "proof_invalid"
  | "receipt_invalid"
  | "seed_invalid"
  | "signature_invalid"
  | "signature_missing"
  | "text_invalid"
  | "tile_invalid"
  | "tile_missing"
  | "tree_invalid";

/** Whatever the ledger refuses. The message says what was refused and why; the code is for programs. */
export class LedgerError extends StewardError<LedgerErrorCode> {}
