import { createHmac, createSecretKey } from "node:crypto";

import fc from "fast-check";
import { expect, it } from "vitest";

import { keyedHash } from "./keyed-hash.ts";

it("is HMAC-SHA256 as OpenSSL computes it, whatever the key and the text", () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 5000, maxLength: 20_000 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), texts, (bytes, all) => {
      const key = createSecretKey(bytes);
      // One after the other with the same key: none leaves anything behind for the next.
      for (const text of all) expect(keyedHash(key, text)).toEqual(createHmac("sha256", key).update(text).digest());
    }),
  );
});
