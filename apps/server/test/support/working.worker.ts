/** A child that does what a test asks of it. */
import { answerWork } from "../../src/platform/compute/child-side.ts";

export type TestWork =
  | { readonly echo: unknown }
  | { readonly spin: true }
  | { readonly hoard: true }
  | { readonly fail: string };

answerWork<TestWork>((work) => {
  if ("echo" in work) return { pid: process.pid, echo: work.echo };
  if ("fail" in work) process.exit(3);
  const hoard: string[] = [];
  for (let i = 0; ; i++) if ("hoard" in work) hoard.push(`${i}`.padStart(1000, "x").replaceAll("x", "y"));
});
