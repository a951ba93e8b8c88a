import { createHmac } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { webPlatform } from "../src/platform.ts";
import { nodePlatform } from "../src/platform.node.ts";
import { connected, filesOf } from "./support/connection.ts";

const hmac = (text: string, salt = "stw_test") => `sha256:${createHmac("sha256", salt).update(text).digest("hex")}`;
/** Long enough not to stand in a digest by chance. */
const secret = fc.string({ minLength: 12, maxLength: 60, unit: "grapheme" }).map((text) => `§${text}§`);

describe("redaction", () => {
  it("lets no prompt, output or marked field leave the process, to the network or to the disk", async () => {
    await fc.assert(
      fc.asyncProperty(secret, secret, secret, fc.boolean(), async (prompt, output, note, away) => {
        const { steward, server, directory } = await connected({
          redact: { "attributes.note": "hash", "explanation.summary": "drop", "explanation.reasons.*.text": "drop" },
        });
        if (away) server.answerWith(() => ({ status: 503 }));
        steward.record({ outcome: "yes", input: prompt, output: { role: "assistant", content: output } });
        steward.record({
          outcome: "yes",
          input: [{ role: "user", content: prompt }],
          attributes: { note },
          explanation: { summary: note, reasons: [{ code: "c", text: note }] },
        });
        await steward.flush();
        const left = [
          ...server.received.map(({ body }) => body),
          ...(await filesOf(directory)).map(({ text }) => text),
        ];
        expect(left.join("")).toContain("inputDigest");
        for (const text of [prompt, output, note]) {
          expect(left.join("")).not.toContain(text);
          expect(left.join("")).not.toContain(JSON.stringify(text).slice(1, -1));
        }
        await steward.close({ timeoutMs: 100 });
        await server.close().catch(() => undefined);
      }),
      { numRuns: 15 },
    );
  });

  it("hashes content with the salt, so that the same content has the same digest", async () => {
    const { steward, server } = await connected({ salt: "pepper" });
    const id = steward.record({ outcome: "yes", input: "a prompt", output: { b: 1 } });
    await steward.flush();
    expect(server.decisions.get(id)).toMatchObject({
      inputDigest: hmac("a prompt", "pepper"),
      outputDigest: hmac('{"b":1}', "pepper"),
    });
  });

  it("drops, hashes and keeps as the policy says", async () => {
    const { steward, server } = await connected({
      redact: {
        input: "keep",
        output: "drop",
        subject: "hash",
        "attributes.model.name": "drop",
        "attributes.age": "hash",
      },
    });
    const id = steward.record({
      outcome: "yes",
      input: "shown",
      output: "gone",
      subject: "P-17",
      attributes: { "model.name": "x", age: 41, region: "EU" },
    });
    await steward.flush();
    expect(server.decisions.get(id)).toMatchObject({
      content: { input: "shown" },
      subject: hmac("P-17"),
      attributes: { age: hmac("41"), region: "EU" },
    });
    expect(server.received[0]?.body).not.toMatch(/gone|outputDigest|model\.name/);
  });

  it("leaves a digest that the host gives as it is", async () => {
    const { steward, server } = await connected();
    const inputDigest = `sha256:${"a".repeat(64)}`;
    const id = steward.record({ outcome: "yes", input: "text", inputDigest });
    await steward.flush();
    expect(server.decisions.get(id)?.["inputDigest"]).toBe(inputDigest);
  });

  it("hashes alike in Node and with Web Crypto", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.array(fc.string({ unit: "grapheme" })), async (salt, texts) => {
        expect(await webPlatform.hash(salt, texts)).toEqual(nodePlatform.hash(salt, texts));
      }),
      { numRuns: 30 },
    );
  });
});
