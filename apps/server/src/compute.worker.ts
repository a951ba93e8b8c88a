/** A process in which a running server computes. */
import { COMPUTATIONS } from "./compute.ts";
import { answerQuestions } from "./platform/compute/answer.ts";

answerQuestions(COMPUTATIONS);
