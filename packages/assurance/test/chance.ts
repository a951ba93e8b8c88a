/** What generated organisations draw from. */
import fc from "fast-check";

import { DAY, HOUR, NOW } from "./world.ts";

export const SYSTEMS = ["s1", "s2", "s3"];

/** Moments on a coarse grid around the present, so that things begin and end together. */
export const past = fc.integer({ min: 0, max: 60 }).map((steps) => NOW - BigInt(steps * steps) * 6n * HOUR);
export const around = fc.oneof(
  past,
  fc.integer({ min: 1, max: 40 }).map((days) => NOW + BigInt(days) * DAY),
);
export const end = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: around });
export const often = <T>(value: T, rarely: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: rarely });
