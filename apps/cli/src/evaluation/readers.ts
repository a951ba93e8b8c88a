/** What the evaluation tools that teams already use write, as typed results. */
import { readDeepEval, readGarak, readInspect, readPromptfoo } from "./read-json.ts";
import { readJunit } from "./read-junit.ts";
import type { SuiteRun } from "./run.ts";

export const SUITE_FORMATS = ["junit", "promptfoo", "deepeval", "garak", "inspect"] as const;
export type SuiteFormat = (typeof SUITE_FORMATS)[number];

const READERS: Readonly<Record<SuiteFormat, (text: string) => SuiteRun>> = {
  junit: readJunit,
  promptfoo: readPromptfoo,
  deepeval: readDeepEval,
  garak: readGarak,
  inspect: readInspect,
};

/** @throws SuiteFileError for a file that the tool did not write */
export function readSuite(format: SuiteFormat, text: string): SuiteRun {
  return READERS[format](text);
}
