import { describe, expect, it } from "vitest";

import { DatabaseError } from "../database/errors.ts";
import { createLogger } from "./log.ts";
import type { Logger } from "./log.ts";

function collect(write: (log: Logger) => void, level: "info" | "silent" = "info"): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ level, destination: { write: (line: string) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("createLogger", () => {
  it("writes one JSON object a line, with level, time and message", () => {
    const [line, ...rest] = collect((log) => log.info({ system: "a\nb" }, "Registered."));
    expect(rest).toEqual([]);
    expect(line).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      system: "a\nb",
      msg: "Registered.",
    });
  });

  it("keeps to its level", () => {
    expect(collect((log) => log.debug("x"))).toEqual([]);
    expect(collect((log) => log.fatal("x"), "silent")).toEqual([]);
  });

  it("masks secrets in every logged level", () => {
    const headers = { authorization: "Bearer hunter2", cookie: "session=hunter2", "set-cookie": "hunter2", host: "h" };
    const lines = collect((log) => {
      log.info({ password: "hunter2", req: { headers } }, "in");
      log.info(
        { a: { b: { token: "hunter2" } }, apiKey: "hunter2", secret: "hunter2", databaseUrl: "hunter2" },
        "deep",
      );
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({ password: "[secret]", req: { headers: { cookie: "[secret]", host: "h" } } });
  });

  it("masks in lists, in what a child logger always says, and ends where an object holds itself", () => {
    const loop: Record<string, unknown> = { token: "hunter2" };
    loop["self"] = loop;
    const lines = collect((log) => {
      log.info({ keys: [{ apiKey: "hunter2", name: "n" }], at: new Date(0) }, "list");
      log.child({ reqId: "r", caller: { authorization: "hunter2" } }).info("child");
      log.info({ loop }, "loop");
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({ keys: [{ apiKey: "[secret]", name: "n" }], at: "1970-01-01T00:00:00.000Z" });
    expect(lines[1]).toMatchObject({ reqId: "r", caller: { authorization: "[secret]" } });
    expect(lines[2]).toMatchObject({ loop: { token: "[secret]", self: { self: { self: "[object]" } } } });
  });

  it("tells an error with its causes, but not the values of a row that PostgreSQL adds", () => {
    const cause = Object.assign(new Error("duplicate key"), {
      detail: "Key (email)=(ada@example.org) already exists.",
    });
    const [line] = collect((log) =>
      log.error({ err: new DatabaseError("unique_violation", "refused", { cause }) }, "no"),
    );
    expect(line?.["err"]).toMatchObject({
      type: "DatabaseError",
      code: "unique_violation",
      message: "refused",
      stack: expect.stringContaining("log.test.ts"),
      cause: { type: "Error", message: "duplicate key" },
    });
    expect(JSON.stringify(line)).not.toContain("ada@example.org");
  });

  it("survives causes that form a loop, and thrown values that are no errors", () => {
    const loop = new Error("loop");
    loop.cause = loop;
    const [first, second] = collect((log) => {
      log.error({ err: loop }, "x");
      log.error({ err: "text" }, "y");
    });
    expect(first).toMatchObject({ err: { message: "loop" } });
    expect(second).toMatchObject({ err: { type: "string", message: "text" } });
  });
});
