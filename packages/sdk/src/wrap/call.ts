/** What every wrapper of a model has in common: one call becomes one decision, whatever becomes of the call. */
import type { Steward } from "../steward.ts";
import type { AiFields, DecisionFields } from "../types.ts";

/** What a host may say about every decision of a wrapper. */
export type Extra = Pick<
  DecisionFields,
  "system" | "release" | "subject" | "attributes" | "promptVersion" | "oversight" | "sandbox" | "inputReference"
>;

/** What is known of an answer, as it is told or as a stream tells it. */
export interface Answered {
  readonly output?: unknown;
  readonly finishReasons?: readonly (string | null | undefined)[] | undefined;
  readonly responseModel?: string | null | undefined;
  readonly inputTokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  readonly toolsCalled?: readonly string[] | undefined;
}

/** The outcome of a call that said no reason why it ended. */
const ENDED = "completed";
const FAILED = "error";
/** Whoever read the stream stopped before its end. */
const ABANDONED = "abandoned";
const TEXT_MAX_CHARS = 100;

/** Nothing here throws: whatever a library changes, its caller gets what the library gives. */
export class Call {
  readonly #steward: Steward;
  readonly #extra: Extra;
  readonly #ai: AiFields;
  readonly #input: unknown;
  readonly #occurredAt = new Date();
  #told = false;

  constructor(steward: Steward, extra: Extra, ai: AiFields, input: unknown) {
    this.#steward = steward;
    this.#extra = extra;
    this.#ai = ai;
    this.#input = input;
  }

  succeeded(read: () => Answered): void {
    this.#tell(() => {
      const answered = read();
      const finishReasons = answered.finishReasons?.filter((reason) => typeof reason === "string").map(line) ?? [];
      return { ...this.#fields(answered, finishReasons), outcome: finishReasons[0] ?? ENDED };
    });
  }

  /** A stream that broke off may have told something before. */
  failed(error: unknown, read: () => Answered = () => ({})): void {
    this.#tell(() => {
      const { ai, ...fields } = this.#fields(read(), []);
      return { ...fields, ai: { ...ai, error: errorClass(error) }, outcome: FAILED };
    });
  }

  abandoned(read: () => Answered): void {
    this.#tell(() => ({ ...this.#fields(read(), []), outcome: ABANDONED }));
  }

  #fields({ output, responseModel, inputTokens, outputTokens, toolsCalled = [] }: Answered, finishReasons: string[]) {
    return {
      ...this.#extra,
      occurredAt: this.#occurredAt,
      input: this.#input,
      output,
      toolsCalled: toolsCalled.map(line),
      ai: {
        ...this.#ai,
        responseModel: responseModel ?? null,
        inputTokens: inputTokens ?? null,
        outputTokens: outputTokens ?? null,
        finishReasons,
      },
    };
  }

  #tell(fields: () => DecisionFields): void {
    if (this.#told) return;
    this.#told = true;
    try {
      this.#steward.record(fields());
    } catch (error) {
      this.#steward.problem(`A call was not recorded: ${errorClass(error)}`);
    }
  }
}

/** The class of an error, never its message: that may quote what a person wrote. */
export function errorClass(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  const { status, name, constructor } = error as { status?: unknown; name?: unknown; constructor?: { name?: string } };
  const own = constructor?.name;
  const named = own !== undefined && own !== "Error" && own !== "Object" ? own : String(name ?? "Error");
  return line(typeof status === "number" ? `${named} ${status}` : named);
}

function line(text: string): string {
  return text.slice(0, TEXT_MAX_CHARS);
}
