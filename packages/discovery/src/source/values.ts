/** What an expression stands for, as far as reading tells, and the operations on it. */

/** A call as the rules see it: who is called, and with which readable arguments. */
export interface CallFact {
  readonly callee: Value;
  /** The names by which the callee was written, last one last: known even where its root is not. */
  readonly tail: readonly string[];
  readonly args: readonly Value[];
  /** Keyword arguments, and the properties of object arguments. */
  readonly named: ReadonlyMap<string, Value>;
  readonly line: number;
  /** The variable, property or argument that the result was given to. */
  assignedTo: string | undefined;
  /** Set where the callee decorates a function or class, or is extended by one: its name. */
  readonly decorates: string | undefined;
}

export type Value =
  | { readonly type: "text"; readonly texts: readonly string[] }
  | Reference
  | ObjectValue
  | { readonly type: "list"; readonly items: readonly Value[] }
  | {
      readonly type: "function";
      readonly name: string | undefined;
      readonly decorated: boolean;
      readonly returns: Value;
    }
  /** `member`: what was taken of something unknown last, `x` of `self.config["x"]`. */
  | { readonly type: "unknown"; readonly member?: string };

/** Something that a module exports, and what was taken or called from there on: `()` in the trail marks a call. */
export interface Reference {
  readonly type: "reference";
  readonly module: string;
  readonly trail: readonly string[];
  /** The last call on the way: for a client, its constructor; several where a condition chooses between them. */
  readonly calls: readonly CallFact[];
}

export interface ObjectValue {
  readonly type: "object";
  readonly entries: ReadonlyMap<string, Value>;
  /** Set for a class that has a name, and not for its instances. */
  readonly className?: string | undefined;
  /** For an instance or class: what it extends. */
  readonly base: Value | undefined;
}

export const UNKNOWN: Value = { type: "unknown" };
export const CALLED = "()";

/** A trail longer than this is the handling of a result, not an API. */
const MAX_TRAIL = 16;

/** Where the first call stands that is chained to what a call has made: `StateGraph` `()` `addNode` `()`. */
const FIRST_CHAINED = 2;

/** More alternatives than this are a table, not a choice. */
const MAX_TEXTS = 12;

export function textValue(texts: readonly string[]): Value {
  return { type: "text", texts };
}

/** The member of a value. */
export function memberOf(value: Value, name: string): Value {
  switch (value.type) {
    case "reference":
      return extended(value, name, value.calls);
    case "object":
      return ownMember(value, name) ?? (value.base === undefined ? UNKNOWN : memberOf(value.base, name));
    case "text":
      // The member of an enumeration stands for its text: `Tools.SEARCH.value`.
      return name === "value" ? value : { type: "unknown", member: name };
    default:
      return { type: "unknown", member: name };
  }
}

/** A reference by one step more. Of a long chain of calls (`graph.addNode(…).addEdge(…)…`) the middle is forgotten. */
function extended(value: Reference, step: string, calls: readonly CallFact[]): Value {
  const { trail } = value;
  if (trail.length < MAX_TRAIL) return { ...value, trail: [...trail, step], calls };
  if (trail[FIRST_CHAINED] === CALLED || trail[FIRST_CHAINED + 1] !== CALLED) return UNKNOWN;
  return { ...value, trail: [...trail.slice(0, FIRST_CHAINED), ...trail.slice(FIRST_CHAINED + 2), step], calls };
}

/** What an object defines itself. A method that overrides one of a library and gives nothing readable is the library's still. */
function ownMember({ entries, base }: ObjectValue, name: string): Value | undefined {
  const own = entries.get(name);
  const isOverride = own?.type === "function" && base?.type === "reference";
  return isOverride && /^(?:function|unknown)$/.test(own.returns.type) ? undefined : own;
}

/** What calling a value gives. */
export function resultOf(value: Value, calls: readonly CallFact[]): Value {
  switch (value.type) {
    case "reference":
      return extended(value, CALLED, calls);
    case "function":
      return value.returns;
    case "object":
      return value;
    default:
      return UNKNOWN;
  }
}

/** One value for several possible ones: all texts, or else the first that says anything. */
export function joinValues(values: readonly Value[]): Value {
  const texts = new Set<string>();
  for (const value of values) if (value.type === "text") for (const text of value.texts) texts.add(text);
  const informative = values.find((value) => value.type !== "unknown" && value.type !== "text");
  if (texts.size === 0 && informative?.type === "reference") return joinReferences(informative, values);
  if (texts.size > 0 && texts.size <= MAX_TEXTS) return textValue([...texts]);
  return informative ?? UNKNOWN;
}

/** Clients of one kind that are made in different ways: each way stays known. */
function joinReferences(first: Reference, values: readonly Value[]): Reference {
  const path = pathOf(first);
  const alike = values.filter((value) => value.type === "reference" && pathOf(value) === path) as Reference[];
  return { ...first, calls: [...new Set(alike.flatMap((value) => value.calls))].slice(0, MAX_TEXTS) };
}

/** The path by which rules know a reference: `openai.OpenAI.chat.completions.create`. */
export function pathOf(reference: Reference): string {
  return [reference.module, ...reference.trail.filter((step) => step !== CALLED)].join(".");
}

/** The texts a value may have; empty where it is none. */
export function textsOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  if (value.type === "text") return value.texts;
  if (value.type === "list") return value.items.flatMap((item) => (item.type === "text" ? item.texts : []));
  return [];
}

/** The texts among a call's arguments. */
export function textsIn(fact: CallFact): readonly string[] {
  return [...fact.args, ...fact.named.values()].flatMap((value) => textsOf(value));
}

/** How deep the parts of a message lie in the calls and lists that it is made of. */
const MAX_PARTS = 4;

/** The calls that what a call is given is made of in its place; what has a name of its own is none of its parts. */
export function partsOf(fact: CallFact, depth = 0): readonly CallFact[] {
  if (depth > MAX_PARTS) return [];
  const calls = givenTo(fact).flatMap((value) => (value.type === "reference" ? value.calls : []));
  const unnamed = calls.filter(({ assignedTo }) => assignedTo === undefined);
  return unnamed.flatMap((call) => [call, ...partsOf(call, depth + 1)]);
}

/** True for a call that is given words, or what can't be read; false for one that only joins what others made. */
export function saysMore(fact: CallFact): boolean {
  return [fact, ...partsOf(fact)].some((part) =>
    givenTo(part).some((value) =>
      value.type === "text" ? value.texts.some((text) => /\s/.test(text)) : !/^(?:reference|object)$/.test(value.type),
    ),
  );
}

/** What a call is given, with the items of lists, and of the lists in them, one by one. */
function givenTo({ args, named }: CallFact): readonly Value[] {
  const items = (value: Value): readonly Value[] => (value.type === "list" ? value.items : [value]);
  return [...args, ...named.values()].flatMap(items).flatMap(items);
}
