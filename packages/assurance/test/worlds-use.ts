/** Generated intended uses, deviations from them, and uses that were seen. */
import fc from "fast-check";

import type { UseDeviationFact, UseEnvelopeFact, UseFact } from "../src/index.ts";
import { often, SYSTEMS } from "./chance.ts";
import { DAY, NOW } from "./world.ts";
import { use, useDeviation, useEnvelope } from "./world-use.ts";

export const useEnvelopes: fc.Arbitrary<UseEnvelopeFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      often(true, fc.constant(false)).map((there) => (there ? [useEnvelope(systemId)] : [])),
    ),
  )
  .map((found) => found.flat());

export const useDeviations: fc.Arbitrary<UseDeviationFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      often(true, fc.constant(false)).map((there) => (there ? [useDeviation(systemId)] : [])),
    ),
  )
  .map((found) => found.flat());

export const uses: fc.Arbitrary<UseFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      fc
        .record({
          there: often(true, fc.constant(false)),
          outside: often(20, fc.constantFrom(0, 50, 51)),
          unsaid: often(0, fc.constantFrom(30, 31, 500)),
          region: often("US", fc.constantFrom("BR")),
          days: often(0, fc.constantFrom(29, 30, 90)),
        })
        .map(({ there, days, ...seen }) =>
          there ? [use(systemId, { ...seen, lastAt: NOW - BigInt(days) * DAY })] : [],
        ),
    ),
  )
  .map((found) => found.flat());
