import { expect, it } from "vitest";

import { tokenOf } from "./link-token.ts";

it.each([
  ["#token=abc_DEF-123", "", "abc_DEF-123"],
  ["#abc_DEF-123", "", "abc_DEF-123"],
  ["", "?token=abc", "abc"],
  ["#token=first", "?token=second", "first"],
  ["", "", undefined],
  ["#", "?token=", undefined],
  ["#other=1", "", undefined],
])("fragment %j and query %j hold the token %j", (hash, search, token) => {
  expect(tokenOf({ hash, search })).toBe(token);
});
