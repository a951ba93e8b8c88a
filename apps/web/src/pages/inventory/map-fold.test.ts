import { describe, expect, it } from "vitest";

import { foldModels } from "./map-fold.ts";

const model = (name: string, declared = false) => ({ name, declared, found: true });
const many = (count: number) => Array.from({ length: count }, (_, i) => model(`model-${i}`));
const drawn = (...users: { name: string; models: ReturnType<typeof model>[] }[]) =>
  foldModels(users).map(({ models }) => models.map(({ name }) => name));

describe("models on the map", () => {
  it("are drawn one by one as far as they can be read", () => {
    expect(drawn({ name: "Chat", models: many(9) })[0]).toHaveLength(9);
  });

  it("are one node beyond that, which names them", () => {
    const [user] = foldModels([{ name: "Chat", models: many(12) }]);
    expect(user?.models).toHaveLength(9);
    expect(user?.models.at(-1)).toEqual({
      name: "4 more of Chat",
      title: "model-8, model-9, model-10, model-11",
      declared: false,
      found: true,
    });
  });

  it("are never hidden where others use them too, and last where the register names them", () => {
    const [chat, other] = drawn(
      { name: "Chat", models: [...many(11), model("declared", true)] },
      { name: "Other", models: [model("MODEL-10")] },
    );
    expect(other).toEqual(["MODEL-10"]);
    expect(chat).toContain("model-10");
    expect(chat).toContain("declared");
    expect(chat).toContain("3 more of Chat");
  });
});
