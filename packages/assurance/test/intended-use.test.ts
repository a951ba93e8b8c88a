import { describe, expect, it } from "vitest";

import type { Facts } from "../src/index.ts";
import { DAY, goodFacts, NOW, resultOf } from "./world.ts";
import { use, useDeviation, useEnvelope } from "./world-use.ts";

const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.9.4-1", goodFacts(change), now);

describe("T-A.9.4-1: used as intended", () => {
  it("allows a share outside, where each such use was decided upon", () => {
    expect(judge({})).toMatchObject({ verdict: "pass" });
    expect(judge({ uses: [use("s1", { outside: 50 })] }).verdict).toBe("pass");
    const over = judge({ uses: [use("s1", { outside: 51 })] });
    expect(over).toMatchObject({ verdict: "fail", nextStep: { action: "end_other_use" } });
    expect(judge({ useDeviations: [] })).toMatchObject({ verdict: "fail", nextStep: { action: "decide_use" } });
    expect(judge({ uses: [use("s1", { outside: 1, region: "BR" })] }).verdict).toBe("fail");
    expect(
      judge({ uses: [use("s1", { outside: 1, region: "BR" })], useDeviations: [useDeviation("s1", { value: "BR" })] })
        .verdict,
    ).toBe("pass");
    expect(judge({ uses: [use("s1", { outside: 0 })], useDeviations: [] }).verdict).toBe("pass");
  });

  it("shows nothing while too many decisions do not say where they fall", () => {
    expect(judge({ uses: [use("s1", { unsaid: 30 })] }).verdict).toBe("pass");
    expect(judge({ uses: [use("s1", { unsaid: 31 })] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "send_use" },
    });
  });

  it("limits only what the intended use names", () => {
    const intended = { task: [], user_group: [], region: [], data_class: ["internal"] };
    expect(judge({ useEnvelopes: [useEnvelope("s1", { intended })] }).verdict).toBe("insufficient");
    expect(judge({ useEnvelopes: [useEnvelope("s1", { intended: { ...intended, data_class: [] } })] }).verdict).toBe(
      "pass",
    );
    expect(judge({ useEnvelopes: [] })).toMatchObject({ verdict: "fail", nextStep: { action: "describe_use" } });
  });

  it("goes stale with the decisions; a failure stands", () => {
    const result = judge({});
    expect(judge({}, result.validUntil as bigint).verdict).toBe("stale");
    expect(judge({ uses: [] }).verdict).toBe("insufficient");
    expect(judge({ useDeviations: [] }, NOW + 90n * DAY).verdict).toBe("fail");
  });
});
