/**
 * The tree of a pack: each bundle of entries has the hashes of its tile, the tiles make the tree, and the tree has the
 * signed root (RFC 6962, C2SP tlog-tiles). At the size of every earlier checkpoint it had that checkpoint's root, which
 * is what a consistency proof would show.
 */
import { equalBytes } from "../bytes.ts";
import { MAX_MISSING_BUNDLES } from "../limits.ts";
import { CHECKPOINT_PATH } from "../pack.ts";
import type { PackReader } from "../pack.ts";
import { bundleCount, bundlePath, TILE_WIDTH, tilePath, tileWidth } from "../tile.ts";
import { checkBundle } from "./bundle-check.ts";
import type { PlacedEntry } from "./bundle-check.ts";
import { entriesText } from "./finding.ts";
import type { Findings } from "./finding.ts";
import { RunningTree } from "./running-tree.ts";
import type { SignedSize } from "./signed-sizes.ts";
import { UpperTiles } from "./upper-tiles.ts";

export interface TreeInput {
  readonly reader: PackReader;
  readonly findings: Findings;
  readonly size: number;
  /** The checkpoint of the pack; undefined where the log did not sign it. */
  readonly signed: SignedSize | undefined;
  /** Earlier checkpoints, the smallest first. */
  readonly earlier: AsyncIterator<SignedSize>;
  /** Receives the entries of each bundle whose places are settled. */
  readonly onEntries: (bundle: number, entries: readonly PlacedEntry[]) => Promise<void>;
}

export class TreeCheck {
  readonly #input: TreeInput;
  readonly #upper: UpperTiles;
  /** Undefined from the first bundle on whose hashes cannot be known. */
  #tree: RunningTree | undefined;
  #due: SignedSize | undefined;
  #refuted = false;
  /** The largest size at which the tree had a signed root: everything before it is as it was signed. */
  #provenSize = 0;
  earlierCompared = 0;

  constructor(input: TreeInput) {
    this.#input = input;
    this.#upper = new UpperTiles(input.reader, input.size, input.findings);
    this.#tree = new RunningTree((level, hash) => this.#upper.add(level, hash));
  }

  /** Reads the whole pack; the root that its entries make, undefined where it cannot be computed. */
  async run(): Promise<Uint8Array | undefined> {
    await this.#nextCheckpoint();
    let missing = 0;
    for (let index = 0; index < bundleCount(this.#input.size) && missing < MAX_MISSING_BUNDLES; index++) {
      const leafHashes = await this.#checkBundle(index);
      missing = leafHashes === undefined ? missing + 1 : 0;
      await this.#grow(leafHashes);
      await this.#upper.compareComplete();
    }
    while (this.#due !== undefined) {
      if (this.#due.size === this.#tree?.size) this.#compareRoot(this.#tree, this.#due);
      await this.#nextCheckpoint();
    }
    return this.#judgeRoot();
  }

  async #checkBundle(index: number): Promise<readonly Uint8Array[] | undefined> {
    const { reader, findings, size } = this.#input;
    const width = tileWidth(size, 0, index);
    const paths = { bundlePath: bundlePath(index, width), tilePath: tilePath({ level: 0, index, width }) };
    const [bundle, tile] = await Promise.all([reader.read(paths.bundlePath), reader.read(paths.tilePath)]);
    const confirms = (leafHashes: readonly Uint8Array[]): Promise<boolean | undefined> =>
      this.#confirms(index, leafHashes);
    const outcome = await checkBundle({ ...paths, first: index * TILE_WIDTH, width, bundle, tile, confirms });
    for (const finding of outcome.findings) findings.add(finding);
    await this.#input.onEntries(index, outcome.entries);
    return outcome.leafHashes;
  }

  /** Whether the hash above a bundle says that these are its leaves: a stored one, or at the end the signed root. */
  async #confirms(index: number, leafHashes: readonly Uint8Array[]): Promise<boolean | undefined> {
    const stored = await this.#upper.storedHashOfBundle(index);
    if (stored !== undefined) return equalBytes(new RunningTree().rootWith(leafHashes), stored);
    const root = this.#tree?.rootWith(leafHashes);
    const { signed } = this.#input;
    return root === undefined || signed === undefined ? undefined : equalBytes(root, signed.root);
  }

  async #grow(leafHashes: readonly Uint8Array[] | undefined): Promise<void> {
    if (leafHashes === undefined) this.#tree = undefined;
    const tree = this.#tree;
    if (tree === undefined || leafHashes === undefined) return;
    for (const leafHash of leafHashes) {
      while (this.#due !== undefined && this.#due.size <= tree.size) {
        this.#compareRoot(tree, this.#due);
        await this.#nextCheckpoint();
      }
      tree.add(leafHash);
    }
  }

  async #nextCheckpoint(): Promise<void> {
    const { value, done } = await this.#input.earlier.next();
    this.#due = done === true ? undefined : value;
  }

  #compareRoot(tree: RunningTree, checkpoint: SignedSize): void {
    this.earlierCompared++;
    // The first checkpoint that is refuted bounds the change; those after it can say nothing more.
    if (this.#refuted) return;
    if (equalBytes(tree.root(), checkpoint.root)) {
      this.#provenSize = checkpoint.size;
      return;
    }
    this.#refuted = true;
    const entry = this.#provenSize;
    const lastEntry = Math.max(entry, checkpoint.size - 1);
    const message =
      `This is not the log that was signed at ${checkpoint.size} entries (${checkpoint.source}): its history was ` +
      `rewritten, beginning in ${entriesText(entry, lastEntry)}.`;
    this.#input.findings.add({ code: "checkpoint_refuted", entry, lastEntry, path: checkpoint.source, message });
  }

  async #judgeRoot(): Promise<Uint8Array | undefined> {
    const { size, signed, findings } = this.#input;
    if (this.#tree?.size !== size) {
      const message = "The root cannot be computed, because entries are missing together with their tile.";
      findings.add({ code: "root_unknown", message });
      this.#upper.report(false);
      return undefined;
    }
    await this.#upper.compareEdge();
    const root = this.#tree.root();
    const isSigned = signed !== undefined && equalBytes(root, signed.root);
    this.#upper.report(isSigned);
    if (signed !== undefined && !isSigned) this.#rootDiffers();
    return root;
  }

  #rootDiffers(): void {
    const entry = this.#provenSize;
    const lastEntry = Math.max(entry, this.#input.size - 1);
    const bound =
      entry === 0
        ? "No earlier checkpoint narrows down where."
        : `The checkpoint of ${entry} entries still holds: the change lies in ${entriesText(entry, lastEntry)}.`;
    const message = `The entries do not make the signed root: they were rewritten together with their tiles. ${bound}`;
    this.#input.findings.add({ code: "root_differs", entry, lastEntry, path: CHECKPOINT_PATH, message });
  }
}
