/** The ledger's limits, each with its reason. */

/** Bytes of one entry: C2SP tlog-tiles prefixes each entry of a bundle with a 16-bit length. */
export const MAX_ENTRY_BYTES = 65_535;

/** Signature lines of one note: C2SP signed-note asks for at least 16 and recommends a limit. */
export const MAX_NOTE_SIGNATURES = 64;

/** Bytes of one note: far above a checkpoint with sixty-four Ed25519 signatures, far below a denial of service. */
export const MAX_NOTE_BYTES = 64 * 1024;

/** Hashes of one proof: C2SP tlog-witness allows 63, which a tree of 2^53 leaves never reaches. */
export const MAX_PROOF_HASHES = 63;

/** Findings that a verification keeps: beyond these only their number is told, so that memory stays flat. */
export const MAX_FINDINGS = 1000;

/** Bundles missing in a row after which a verification reads no further: a size is a claim, and may be invented. */
export const MAX_MISSING_BUNDLES = 1000;
