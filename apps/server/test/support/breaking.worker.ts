/** A computing process one of whose computations ends it. */
import { answerQuestions } from "../../src/platform/compute/answer.ts";

answerQuestions({
  breakDown: async () => process.exit(1),
  greet: async (_context, name: string) => `Hello ${name}`,
});
