/**
 * Verification of an audit pack, by anybody, without its operator:
 *
 * 1. The manifest says where to look; the checkpoint, signed by the log's key, says what is true (signed-sizes.ts).
 * 2. The entries make the tiles, the tiles the tree, and the tree the signed roots (tree-check.ts).
 * 3. Each entry is canonical and unique, and the versions of each subject have no gaps (entry-rules.ts).
 * 4. Each body is what was committed to, or was erased by an entry of the log (body-rules.ts).
 * 5. Each epoch after a restore is opened by an entry that declares what was lost (epoch-rules.ts).
 * 6. Witnesses cosigned, or it is said plainly that nobody outside did.
 *
 * Files are read bundle by bundle. The verifier shares hashing, encodings and types with the writer, and nothing else.
 */
import { utf8Decode } from "../bytes.ts";
import { LedgerError } from "../error.ts";
import { parseVkey, sameKeyId } from "../key.ts";
import type { VerifierKey } from "../key.ts";
import { CHECKPOINT_PATH, decodeManifest, disclosuresPath, MANIFEST_PATH } from "../pack.ts";
import type { PackManifest, PackReader } from "../pack.ts";
import { TILE_WIDTH } from "../tile.ts";
import { BodyRules } from "./body-rules.ts";
import type { DecodedEntry } from "./body-rules.ts";
import type { PlacedEntry } from "./bundle-check.ts";
import { EntryRules } from "./entry-rules.ts";
import { EpochRules } from "./epoch-rules.ts";
import { capital, entriesText, Findings } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { earlierCheckpoints, Signatures } from "./signed-sizes.ts";
import type { KnownKeys, SignedSize, Witnessed } from "./signed-sizes.ts";
import { TreeCheck } from "./tree-check.ts";

export interface VerifyOptions {
  /** Verifier keys of the log that the auditor trusts. Without them those of the pack are used, and a note says so. */
  readonly keys?: readonly string[];
  /** Verifier keys of witnesses that the auditor trusts, and whose cosignatures must be there. */
  readonly witnesses?: readonly string[];
  /** Checkpoints (signed notes) that the auditor kept from earlier visits. */
  readonly keptCheckpoints?: readonly string[];
  /** False leaves the bodies unchecked, and a note says so. */
  readonly bodies?: boolean;
  /** Called after each bundle. */
  readonly onProgress?: (progress: { readonly entries: number; readonly size: number }) => void;
}

export interface PackVerification {
  /** True where nothing was found. The notes say how far that carries. */
  readonly ok: boolean;
  readonly origin: string | undefined;
  /** Entries that the log has, as signed; as the manifest claims, where no signature holds. */
  readonly size: number;
  /** The root that the entries make; undefined where it cannot be computed. */
  readonly root: Uint8Array | undefined;
  /** Those that concern the whole pack, then the others in the order of the entries. */
  readonly findings: readonly Finding[];
  /** Findings in all; only the first thousand are kept. */
  readonly findingsTotal: number;
  /** The finding with the first altered, missing or reordered entry. */
  readonly first?: Finding;
  /** Outside signatures, the largest tree first. */
  readonly witnessed: readonly Witnessed[];
  /** Sentences that belong to the result and are no faults. */
  readonly notes: readonly string[];
  readonly stats: {
    readonly entries: number;
    readonly bodiesChecked: number;
    readonly bodiesWithheld: number;
    readonly earlierCheckpoints: number;
  };
}

/** These say only between which entries a change lies; another finding that names an entry says more. */
const BOUNDS: ReadonlySet<Finding["code"]> = new Set(["root_differs", "checkpoint_refuted"]);

/**
 * Verifies a pack. Whatever is wrong with it is a finding; errors of the reader (a disk, a network) are thrown.
 * @throws LedgerError `key_invalid` for a verifier key among the options that is none.
 */
export async function verifyPack(reader: PackReader, options: VerifyOptions = {}): Promise<PackVerification> {
  const trusted = options.keys?.map(parseVkey);
  const witnesses = options.witnesses?.map(parseVkey);
  const findings = new Findings();
  const manifest = await readManifest(reader, findings);
  const epochs = new EpochRules(findings, manifest?.epochs ?? []);
  const epochKeys = (manifest?.epochs ?? []).map(({ key }) => key);
  const keys: KnownKeys = {
    log: distinct([...(trusted ?? []), ...(manifest?.keys ?? []), ...epochKeys]),
    witnesses: distinct([...(witnesses ?? []), ...(manifest?.witnesses ?? [])]),
  };
  const signatures = new Signatures(findings, keys);
  const signed = await readCheckpoint(reader, findings, signatures, trusted ?? keys.log);
  compareManifest(findings, manifest, signed);
  const origin = signed?.origin ?? manifest?.origin;
  const size = signed?.size ?? manifest?.size ?? 0;
  const kept = options.keptCheckpoints ?? [];
  const count = manifest?.earlierCheckpoints ?? 0;
  const earlier = earlierCheckpoints({ reader, findings, signatures, count, size, origin, kept, epochs });
  const entries = new EntryCheck({ reader, findings, epochs, options, size });
  const tree = new TreeCheck({ reader, findings, size, signed, earlier, onEntries: entries.check });
  const root = await tree.run();
  entries.bodyRules.finish(size);
  epochs.finish(options.bodies !== false);
  const witnessed = signatures.witnessed();
  missingWitnesses(findings, keys, witnessed);
  const ordered = findings.inOrder();
  const named = ordered.filter(({ entry }) => entry !== undefined);
  const first = named.find(({ code }) => !BOUNDS.has(code)) ?? named[0];
  return {
    ok: findings.total === 0,
    origin,
    size,
    root,
    findings: ordered,
    findingsTotal: findings.total,
    ...(first === undefined ? {} : { first }),
    witnessed,
    notes: [
      ...keyNotes(options, manifest, trusted),
      ...witnessNotes(options, witnessed, size),
      ...entries.notes(),
      ...epochs.notes(),
    ],
    stats: {
      entries: entries.count,
      bodiesChecked: entries.bodyRules.checked,
      bodiesWithheld: entries.bodyRules.withheld,
      earlierCheckpoints: tree.earlierCompared,
    },
  };
}

/** Steps 3 and 4 for one bundle after the other. */
class EntryCheck {
  readonly bodyRules: BodyRules;
  readonly #entryRules: EntryRules;
  readonly #reader: PackReader;
  readonly #options: VerifyOptions;
  readonly #size: number;
  count = 0;

  constructor(input: {
    readonly reader: PackReader;
    readonly findings: Findings;
    readonly epochs: EpochRules;
    readonly options: VerifyOptions;
    readonly size: number;
  }) {
    this.bodyRules = new BodyRules(input.findings, input.epochs);
    this.#entryRules = new EntryRules(input.findings);
    this.#reader = input.reader;
    this.#options = input.options;
    this.#size = input.size;
  }

  readonly check = async (bundle: number, placed: readonly PlacedEntry[]): Promise<void> => {
    const decoded: DecodedEntry[] = [];
    for (const one of placed) {
      const entry = this.#entryRules.check(one);
      if (entry !== undefined) decoded.push({ index: one.index, entry });
    }
    this.count += placed.length;
    if (this.#options.bodies !== false) {
      const path = disclosuresPath(bundle);
      this.bodyRules.check(decoded, path, await this.#reader.read(path));
    }
    this.#options.onProgress?.({ entries: Math.min(this.#size, (bundle + 1) * TILE_WIDTH), size: this.#size });
  };

  notes(): string[] {
    const unchecked = this.#options.bodies === false ? ["The bodies of the entries were not checked."] : [];
    return [...unchecked, ...this.#entryRules.notes()];
  }
}

async function readManifest(reader: PackReader, findings: Findings): Promise<PackManifest | undefined> {
  const bytes = await reader.read(MANIFEST_PATH);
  try {
    if (bytes === undefined) throw new LedgerError("pack_invalid", "The file is missing.");
    return decodeManifest(bytes);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const message = `${MANIFEST_PATH}: ${error.message}`;
    findings.add({ code: "manifest_invalid", path: MANIFEST_PATH, message });
    return undefined;
  }
}

/** The checkpoint of the pack, where the log signed it. An unsigned one is no evidence and is not used. */
async function readCheckpoint(
  reader: PackReader,
  findings: Findings,
  signatures: Signatures,
  logKeys: readonly VerifierKey[],
): Promise<SignedSize | undefined> {
  const bytes = await reader.read(CHECKPOINT_PATH);
  let note: string;
  try {
    if (bytes === undefined) throw new LedgerError("checkpoint_invalid", "The file is missing.");
    note = utf8Decode(bytes);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const message = `${CHECKPOINT_PATH}: ${error.message}`;
    findings.add({ code: "checkpoint_invalid", path: CHECKPOINT_PATH, message });
    return undefined;
  }
  return signatures.open(note, CHECKPOINT_PATH, false, logKeys);
}

function compareManifest(findings: Findings, manifest: PackManifest | undefined, signed: SignedSize | undefined): void {
  if (manifest === undefined || signed === undefined) return;
  if (signed.size === manifest.size && signed.origin === manifest.origin) return;
  const message =
    `The manifest speaks of ${manifest.size} entries of ${manifest.origin}, ` +
    `the checkpoint of ${signed.size} entries of ${signed.origin}.`;
  findings.add({ code: "manifest_differs", path: MANIFEST_PATH, message });
}

function missingWitnesses(findings: Findings, keys: KnownKeys, witnessed: readonly Witnessed[]): void {
  for (const { name } of keys.witnesses) {
    if (witnessed.some(({ witness }) => witness === name)) continue;
    const message = `The witness ${name} is named, and cosigned none of the checkpoints.`;
    findings.add({ code: "cosignature_missing", message });
  }
}

function keyNotes(
  options: VerifyOptions,
  manifest: PackManifest | undefined,
  trusted: readonly VerifierKey[] | undefined,
): string[] {
  if (options.keys === undefined) {
    return ["The log's key was taken from the pack itself: ask the organisation for it by another way, and compare."];
  }
  const others = [...(manifest?.keys ?? []), ...(manifest?.epochs ?? []).map(({ key }) => key)].filter(
    (key) => !trusted?.some((one) => sameKeyId(one, key)),
  );
  return others.length === 0
    ? []
    : [
        `The pack names ${others.length} key(s) of the log that you did not give; earlier checkpoints may be signed by them.`,
      ];
}

function witnessNotes(options: VerifyOptions, witnessed: readonly Witnessed[], size: number): string[] {
  const [largest] = witnessed;
  if (largest === undefined) {
    return [
      "There is no outside signature: this log is signed by its operator alone, who could have rewritten all of it. " +
        "Only a witness, or checkpoints that others kept, can exclude that.",
    ];
  }
  const notes: string[] = [];
  if (options.witnesses === undefined) {
    notes.push(
      "The witnesses' keys were taken from the pack itself: compare them with those that the witnesses publish.",
    );
  }
  if (largest.size < size) {
    const range = capital(entriesText(largest.size, size - 1));
    notes.push(`${range} came after the last checkpoint that a witness cosigned.`);
  }
  return notes;
}

function distinct(keys: readonly VerifierKey[]): VerifierKey[] {
  return keys.filter((key, i) => keys.findIndex((other) => sameKeyId(other, key)) === i);
}
