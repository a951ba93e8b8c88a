import type { SampleOptions } from "../sample-pack.ts";

/** One full tile and a partial one, earlier checkpoints on both sides of the border, a witness, erasures. */
export const GOLDEN_OPTIONS: SampleOptions = { size: 320, earlier: [1, 200, 256, 300], witnessed: true };
