/**
 * A Merkle tree that only grows: RFC 9162 section 2.1.2 ("Verifying a Tree Head Given Entries"), whose stack of perfect
 * subtrees gives the root at any size with a few dozen hashes of memory.
 */
import { emptyRoot, nodeHash } from "../hash.ts";

interface Subtree {
  readonly height: number;
  readonly hash: Uint8Array;
}

/** Receives the root of each perfect subtree of 256^level leaves (level 1 and above) when it is complete. */
export type OnTileHash = (level: number, hash: Uint8Array) => void;

/** Binary levels between two levels of tiles. */
const TILE_HEIGHT = 8;

export class RunningTree {
  #size = 0;
  readonly #stack: Subtree[] = [];
  readonly #onTileHash: OnTileHash | undefined;

  constructor(onTileHash?: OnTileHash) {
    this.#onTileHash = onTileHash;
  }

  get size(): number {
    return this.#size;
  }

  add(leafHash: Uint8Array): void {
    let hash = leafHash;
    let height = 0;
    while (this.#stack.at(-1)?.height === height) {
      hash = nodeHash((this.#stack.pop() as Subtree).hash, hash);
      height++;
      if (height % TILE_HEIGHT === 0) this.#onTileHash?.(height / TILE_HEIGHT, hash);
    }
    this.#stack.push({ height, hash });
    this.#size++;
  }

  root(): Uint8Array {
    return (
      this.#stack
        .map(({ hash }) => hash)
        .reduceRight<Uint8Array | undefined>(
          (right, left) => (right === undefined ? left : nodeHash(left, right)),
          undefined,
        ) ?? emptyRoot()
    );
  }

  /** The root that this tree would have with further leaves; the tree itself does not change. */
  rootWith(leafHashes: readonly Uint8Array[]): Uint8Array {
    const copy = new RunningTree();
    copy.#stack.push(...this.#stack);
    for (const leafHash of leafHashes) copy.add(leafHash);
    return copy.root();
  }
}
