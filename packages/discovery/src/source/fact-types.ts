/** What is written down of a parsed file, for the rules to use. */
import type { ImportFact } from "./ir.ts";
import type { CallFact, Value } from "./values.ts";

/** What the rules ask of a text while a file is read; kept apart from the rules so that reading needs no rule. */
export interface Interests {
  /** True for a module that a rule knows. */
  knowsModule(module: string): boolean;
  /** True for the last name of a call that a rule knows. */
  knowsCall(name: string): boolean;
  isCredential(name: string): boolean;
  /** True for a text that means something under the right name: a model's name, a field type, a permission. */
  isNotable(text: string): boolean;
  isHostUrl(text: string): boolean;
  /** True for a container image that a rule knows. */
  isImage(text: string): boolean;
}

/** A text with the names under which it was written: `MODELS.fast = "gpt-4o"` → [MODELS, fast]. */
export interface NamedText {
  readonly names: readonly string[];
  readonly text: string;
  readonly line: number;
}

export interface UrlFact {
  readonly url: string;
  readonly line: number;
  /** True where the URL goes into a request or a client's base URL; false where it is only named as a URL. */
  readonly requested: boolean;
}

export interface CredentialFact {
  readonly name: string;
  readonly line: number;
  /** True where the variable is read; false where only its name is kept for somebody who reads it. */
  readonly read: boolean;
}

/** A text that is written for a model to read. */
export interface PromptFact {
  readonly name: string;
  readonly text: string;
  readonly line: number;
  /** True where the text itself speaks to a model; false where only its name says so. */
  readonly spoken: boolean;
  /** True for a longer text that is called a prompt itself: it is one wherever the repository works with models. */
  readonly titled: boolean;
  /** True where only the name of its file says so. */
  readonly plain?: boolean;
  /** True where only its beginning says so: it may begin a longer one. */
  readonly begins?: boolean;
}

/** A tool as an API of a model takes it: a name, a description and a schema of its arguments. */
export interface ToolFact {
  readonly name: Value;
  readonly line: number;
  /** True for a form that only APIs of models have; false for one that also describes other functions. */
  readonly certain: boolean;
  /** For a class: what it extends. One that extends a library's is a tool by that library's rule. */
  readonly extends?: Value;
  /** True for an item of a list of tools: one where the repository works with models. */
  readonly listed?: boolean;
}

/** A class that is an agent by its name, `class ResearchAgent`, or by what it extends and holds; or one that is kept as data. */
export interface AgentFact {
  readonly name: string;
  readonly line: number;
  /** Set for one that extends an agent and says what its model is told or may call. */
  readonly extends?: Value;
  /** True for one of a list of agents: it is one where the repository works with models. */
  readonly isData?: boolean;
}

export interface SourceFacts {
  readonly file: string;
  readonly language: "javascript" | "python";
  readonly imports: readonly ImportFact[];
  readonly calls: readonly CallFact[];
  readonly notableTexts: readonly NamedText[];
  readonly prompts: readonly PromptFact[];
  readonly tools: readonly ToolFact[];
  readonly agents: readonly AgentFact[];
  /** True where a message of the system's role is made: the file speaks to a model, whatever it imports. */
  readonly speaksToModel: boolean;
  readonly credentials: readonly CredentialFact[];
  readonly urls: readonly UrlFact[];
  readonly exports: ReadonlyMap<string, Value>;
  readonly reexports: readonly string[];
}
