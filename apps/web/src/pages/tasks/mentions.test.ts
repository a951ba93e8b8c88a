import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mentionsToIds, partsOf } from "./mentions.ts";

const ANN = { id: "019cd6f9-7a80-7545-a8ee-0a6efa7523dc", name: "Ann" };
const ANNA = { id: "019cd6f9-7a80-7fc9-83ed-00e6e0414366", name: "Anna $& B." };

describe("mentions", () => {
  it("become ids, the longest name first, and names again", () => {
    const text = mentionsToIds("Ask @Anna $& B. or @Ann, not Ann.", [ANN, ANNA]);
    expect(text).toBe(`Ask @[${ANNA.id}] or @[${ANN.id}], not Ann.`);
    const shown = partsOf({ text, mentions: [ANN, { ...ANNA, name: "Anna C." }] });
    expect(shown.map((part) => part.text).join("")).toBe("Ask @Anna C. or @Ann, not Ann.");
    expect(shown.filter(({ isMention }) => isMention)).toHaveLength(2);
    expect(partsOf({ text: `@[${ANN.id}]`, mentions: [] })).toMatchObject([{ text: "@somebody" }]);
  });

  it("leave every other text as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(mentionsToIds(text, [])).toBe(text);
        const parts = partsOf({ text, mentions: [] });
        expect(parts.map((part) => (part.isMention ? "" : part.text)).join("")).toBe(text);
      }),
    );
  });
});
