/** What a host hands in and gets back. */

/** What happens to a piece of content before it leaves the process. */
export type Treatment = "drop" | "hash" | "keep";

/**
 * Treatments by the path of a field: `"input"`, `"subject"`, `"attributes.region"`, `"explanation.summary"`.
 * `input` and `output` are hashed unless something else is said; every other field is kept.
 */
export type Redaction = Readonly<Record<string, Treatment>>;

/** Where records wait on disk while the server is away (Node only). */
export interface SpoolOptions {
  /** A folder that only this account can write; it is made where it does not exist. */
  readonly directory?: string;
  readonly maxBytes?: number;
}

export interface ConnectOptions {
  /** Address of the Steward server. */
  readonly url: string;
  /** A key with the scope `decisions:write`. */
  readonly key: string;
  /** Id or name of the AI system; a record may name another. */
  readonly system: string;
  /** Version or digest of the release that decides; a record may name another. */
  readonly release: string;
  readonly redact?: Redaction;
  /** Secret of the hashes. Without it they are keyed by the API key, which the Steward server sees. */
  readonly salt?: string;
  /** False keeps what waits in memory only. */
  readonly spool?: SpoolOptions | false;
  /** Told of everything that goes wrong; without it the first problem of each kind is a warning on the console. */
  readonly onProblem?: (problem: Problem) => void;
}

type Scalar = string | number | boolean | null;

/** One decision. Everything but the outcome has a default or may be left out. */
export interface DecisionFields {
  /** Your id, unique within the system; without it a UUIDv7 is made. */
  readonly id?: string | undefined;
  readonly system?: string | undefined;
  readonly release?: string | undefined;
  readonly occurredAt?: string | Date | undefined;
  /** What was decided: a label, a class, an action. */
  readonly outcome: string;
  readonly score?: number | null | undefined;
  readonly attributes?: Readonly<Record<string, Scalar>> | undefined;
  readonly subject?: string | null | undefined;
  readonly inputDigest?: string | null | undefined;
  readonly inputReference?: string | null | undefined;
  readonly promptVersion?: string | null | undefined;
  readonly toolsCalled?: readonly string[] | null | undefined;
  readonly explanation?: Explanation | null | undefined;
  readonly oversight?: "none" | "review_before_effect" | "review_after_effect" | undefined;
  readonly sandbox?: boolean | undefined;
  readonly ai?: AiFields | null | undefined;
  /** What went in, a prompt for example: by default only its keyed hash leaves the process. */
  readonly input?: unknown;
  /** What came out, where the outcome alone does not say it: treated like the input. */
  readonly output?: unknown;
}

/** Which model, tool or agent was called; see `ai` of the API. */
export interface AiFields {
  readonly provider?: string | null | undefined;
  readonly operation?: string | null | undefined;
  readonly requestModel?: string | null | undefined;
  readonly responseModel?: string | null | undefined;
  readonly inputTokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  readonly finishReasons?: readonly string[] | null | undefined;
  /** Class of the error; never its message. */
  readonly error?: string | null | undefined;
  readonly runId?: string | null | undefined;
  readonly parentRunId?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
  readonly agent?:
    | { readonly id?: string | undefined; readonly name?: string | undefined; readonly version?: string | undefined }
    | null
    | undefined;
  /** The context manifest of a run, as the API describes it. */
  readonly manifest?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What turned out to be true of a decision. */
export interface OutcomeFields {
  readonly outcome: string;
  readonly observedAt?: string | Date | undefined;
  readonly source?: string | null | undefined;
  readonly note?: string | null | undefined;
}

export interface Explanation {
  readonly method?: string | undefined;
  readonly summary?: string | undefined;
  readonly reasons?:
    | readonly { readonly code: string; readonly text?: string | undefined; readonly weight?: number | undefined }[]
    | undefined;
}

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

export type ProblemCode =
  /** `connect` was called without what it needs: nothing is recorded. */
  | "misconfigured"
  /** A record could not be written as JSON. */
  | "unserialisable"
  /** There was no room: the newest records are lost, the oldest are kept. */
  | "dropped"
  /** The server is not reached, or asks to wait. */
  | "away"
  /** The server does not accept the key. */
  | "refused"
  /** The server judged a record to be wrong. */
  | "rejected"
  /** The spool's folder cannot be used; what waits stays in memory. */
  | "spool"
  /** A wrapper met something that it does not know; the host's call is not touched. */
  | "wrapper";

/** The connection's own numbers, in records since `connect`. */
export interface Health {
  readonly state: "ok" | "away" | "refused" | "misconfigured" | "closed";
  readonly recorded: number;
  readonly accepted: number;
  /** Sent again after an answer was lost; they are stored once. */
  readonly duplicates: number;
  readonly rejected: number;
  readonly dropped: number;
  /** In memory, not yet sent. */
  readonly waiting: number;
  /** Kept until the server is back, by an earlier process also. */
  readonly spooled: number;
  readonly spooledBytes: number;
  readonly lastSentAt: string | null;
  readonly lastProblem: (Problem & { readonly at: string }) | null;
}
