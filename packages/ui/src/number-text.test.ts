import { expect, it } from "vitest";

import { shortNumber } from "./number-text.ts";

it("shows four significant digits, and integers whole", () => {
  expect([0.142454254, 12_345, -0.5, 1234.56, 0.00000012, 3e9].map(shortNumber)).toEqual([
    "0.1425",
    "12,345",
    "-0.5",
    "1,235",
    "1.200e-7",
    "3,000,000,000",
  ]);
});
