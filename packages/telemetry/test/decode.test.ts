import { readFileSync } from "node:fs";
import path from "node:path";

import { decodeLogs, decodeSpans, encodeAnswer, encodeFailure, TelemetryError } from "@steward/telemetry";
import { describe, expect, it } from "vitest";

const request = JSON.parse(readFileSync(path.join(import.meta.dirname, "fixtures/traceloop.chat.json"), "utf8")) as {
  body: string;
}[];
const bytes = Buffer.from(request[0]?.body ?? "", "base64");

/** As the OTLP specification's own example writes it, with what a newer sender might add. */
const json = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "desk" } }] },
      scopeSpans: [
        {
          scope: { name: "lib" },
          spans: [
            {
              traceId: "5B8EFFF798038103D269B633813FC60C",
              spanId: "EEE19B7EC3C1B174",
              parentSpanId: "EEE19B7EC3C1B173",
              name: "chat m",
              startTimeUnixNano: "1544712660000000000",
              endTimeUnixNano: 1544712661000000000,
              kind: 3,
              status: { code: 2, message: "no" },
              attributes: [
                { key: "n", value: { intValue: "7" } },
                { key: "x", value: { doubleValue: 0.5 } },
                { key: "list", value: { arrayValue: { values: [{ boolValue: true }, {}] } } },
                { key: "map", value: { kvlistValue: { values: [{ key: "a", value: { bytesValue: "AAAA" } }] } } },
              ],
              somethingNew: [1],
            },
          ],
        },
      ],
    },
  ],
};

const logsOf = (record: object) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });

describe("a request", () => {
  it("is read from JSON with hexadecimal ids, numbers as text, and fields that are not known yet", () => {
    expect(decodeSpans({ encoding: "json", value: json })).toEqual([
      {
        traceId: "5b8efff798038103d269b633813fc60c",
        spanId: "eee19b7ec3c1b174",
        parentSpanId: "eee19b7ec3c1b173",
        name: "chat m",
        startedAt: 1_544_712_660_000_000n,
        endedAt: 1_544_712_661_000_000n,
        failed: true,
        events: [],
        attributes: { n: 7, x: 0.5, list: [true, null], map: { a: "3 bytes" } },
        resource: { "service.name": "desk" },
        scope: "lib",
      },
    ]);
  });

  it("is read from protobuf", () => {
    expect(decodeSpans({ encoding: "protobuf", bytes })).toHaveLength(1);
    expect(decodeSpans({ encoding: "protobuf", bytes: new Uint8Array() })).toEqual([]);
  });

  it("of logs is read with the event's name wherever it stands, and without a span", () => {
    const named = { eventName: "gen_ai.choice", timeUnixNano: "1000", body: { stringValue: "x" } };
    const older = { attributes: [{ key: "event.name", value: { stringValue: "e" } }], observedTimeUnixNano: "2000" };
    const [first] = decodeLogs({ encoding: "json", value: logsOf(named) });
    expect(first).toMatchObject({ name: "gen_ai.choice", at: 1n, body: "x", traceId: "", spanId: "" });
    expect(decodeLogs({ encoding: "json", value: logsOf(older) })[0]).toMatchObject({ name: "e", at: 2n });
  });

  it("is refused where it is none", () => {
    let deep: object = { stringValue: "x" };
    for (let i = 0; i < 10_000; i++) deep = { arrayValue: { values: [deep] } };
    const span = json.resourceSpans[0]?.scopeSpans[0]?.spans[0];
    const withSpan = (over: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, ...over }] }] }] });
    for (const [i, value] of [
      [],
      "text",
      3,
      { resourceSpans: 7 },
      withSpan({ traceId: "xyz" }),
      withSpan({ traceId: "00000000000000000000000000000000" }),
      withSpan({ spanId: "" }),
      withSpan({ startTimeUnixNano: "-1" }),
      withSpan({ attributes: [{ key: "deep", value: deep }] }),
    ].entries()) {
      expect(() => decodeSpans({ encoding: "json", value }), `case ${i}`).toThrow(TelemetryError);
    }
    for (let length = 1; length < bytes.length; length += 7) {
      expect(() => decodeSpans({ encoding: "protobuf", bytes: bytes.subarray(0, length) })).toThrow(TelemetryError);
    }
    expect(() => decodeSpans({ encoding: "protobuf", bytes: deepProtobuf(5000) })).toThrow(TelemetryError);
  });
});

/** An attribute whose value is a list in a list in a list … */
function deepProtobuf(levels: number): Buffer {
  let value: Buffer = Buffer.from([]);
  for (let i = 0; i < levels; i++) value = field(5, field(1, value));
  const attribute = Buffer.concat([field(1, Buffer.from("k")), field(2, value)]);
  return field(1, field(1, field(1, attribute)));
}

function field(number: number, content: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}

describe("an answer", () => {
  it("is empty where everything was taken", () => {
    expect(encodeAnswer("traces", "protobuf", undefined)).toHaveLength(0);
    expect(encodeAnswer("logs", "json", { rejected: 0, message: "" })).toBe("{}");
  });
  it("says what was not taken", () => {
    const partial = { rejected: 2, message: "why" };
    expect(JSON.parse(encodeAnswer("traces", "json", partial) as string)).toEqual({
      partialSuccess: { rejectedSpans: "2", errorMessage: "why" },
    });
    expect(JSON.parse(encodeAnswer("logs", "json", partial) as string)).toEqual({
      partialSuccess: { rejectedLogRecords: "2", errorMessage: "why" },
    });
    expect(Buffer.from(encodeFailure("protobuf", 3, "bad") as Uint8Array).toString("hex")).toBe("08031203626164");
  });
});
