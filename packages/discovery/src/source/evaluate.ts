/** Follows names, members, constants and calls of one file to what they stand for. */
import { MAX_NESTING, MAX_RESOLUTION_STEPS } from "../limits.ts";
import { enclosingClass, HOLE, type Binding, type CallExpr, type ClassExpr, type Expr, type Scope } from "./ir.ts";
import {
  joinValues,
  memberOf,
  resultOf,
  textsOf,
  textValue,
  UNKNOWN,
  type CallFact,
  type ObjectValue,
  type Value,
} from "./values.ts";

/** Calls whose value is their default: `os.getenv("MODEL", "gpt-4o")`, `z.string().default("gpt-4o")`. */
const DEFAULT_AT: ReadonlyMap<string, number> = new Map([
  ["getenv", 1],
  ["get", 1],
  ["env", 1],
  ["config", 1],
  ["default", 0],
  ["Field", 0],
  ["Option", 0],
  ["Argument", 0],
  ["SecretStr", 0],
  ["trim", -1],
  ["strip", -1],
  ["rstrip", -1],
  ["toString", -1],
  ["as_posix", -1],
  ["absolute", -1],
  ["resolve", -1],
  ["expanduser", -1],
  ["lower", -1],
  ["toLowerCase", -1],
]);

/** Calls that describe a field of a class, of which only an argument by name is the default. */
const FIELD_CALL = /^(?:field|ib|attrib|mapped_column|Column|(?:Char|Text|String)Field)$/;

/** What makes a method one that is read as a value. */
const PROPERTY = /^(?:property|cached_property|computed_field)$/;

/** Calls that read a variable by name. */
const ENVIRONMENT_READERS = new Set(["getenv", "get", "env", "config"]);

/** A project's own reader of variables, which is handed the name and what holds where it is not set. */
export const ENVIRONMENT_READER = /^(?:get|read|load|fetch)_?(?:env|config|setting)\w*$|^env_?or(?:_?default)?$/i;

/** Wrappers that hand their argument on: what they return speaks with the argument's interface. */
const TRANSPARENT = new Set([
  "str",
  "String",
  "cast",
  "wrap_openai",
  "wrapOpenAI",
  "observeOpenAI",
  "instrument",
  "freeze",
]);

/** What makes one path of its arguments. */
const PATH_JOINER =
  /^(?:os\.path\.join|posixpath\.join|pathlib\.(?:Pure)?(?:Posix|Windows)?Path|(?:node:)?path(?:\/posix)?(?:\.default)?\.(?:join|resolve))$/;

/** What stands for the file, or the path, that its first argument names. */
const PATH_KEEPER =
  /^(?:os\.path\.(?:abspath|realpath|expanduser|normpath)|io\.open|(?:node:)?fs(?:\.default)?\.(?:createReadStream|readFileSync|openAsBlob))$/;

/** How many assignments of a name, or returns of a function, are followed. */
const MAX_ALTERNATIVES = 8;

export class Evaluator {
  readonly #values = new Map<Expr, Value>();
  readonly #running = new Set<Expr>();
  readonly #calls = new Map<Expr, CallFact>();
  #depth = 0;

  /** What an expression written in a scope stands for. */
  evaluate(expr: Expr, scope: Scope): Value {
    const known = this.#values.get(expr);
    if (known !== undefined) return known;
    // A name that is defined by itself (x = x or default) ends here, as does what is nested too deep to be written by hand.
    if (this.#running.has(expr) || this.#depth > MAX_RESOLUTION_STEPS * 4) return UNKNOWN;
    this.#running.add(expr);
    this.#depth++;
    try {
      const value = this.#read(expr, scope);
      this.#values.set(expr, value);
      return value;
    } finally {
      this.#running.delete(expr);
      this.#depth--;
    }
  }

  /** The fact of a call: made once, so that a client's later calls point to the very call that made it. */
  callFact(call: CallExpr, scope: Scope): CallFact {
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const named = new Map<string, Value>();
    const args = call.args.map((arg) => this.evaluate(arg, scope));
    const spreads = call.spreads.map((spread) => this.evaluate(spread, scope));
    for (const value of [...spreads, ...args]) {
      if (value.type === "object" && value.className === undefined)
        for (const [key, entry] of value.entries) named.set(key, entry);
    }
    for (const entry of call.named) named.set(entry.key, this.evaluate(entry.value, scope));
    const fact: CallFact = {
      callee: this.evaluate(call.callee, scope),
      tail: tailOf(call.callee),
      args,
      named,
      line: call.line,
      assignedTo: undefined,
      decorates: undefined,
    };
    this.#calls.set(call, fact);
    return fact;
  }

  /** A fact for what decorates, or is extended by, a named function or class. */
  decorationFact(decorator: Expr, scope: Scope, name: string, line: number): CallFact {
    if (decorator.type === "call") return { ...this.callFact(decorator, scope), decorates: name };
    return {
      callee: this.evaluate(decorator, scope),
      tail: tailOf(decorator),
      args: [],
      named: new Map(),
      line,
      assignedTo: undefined,
      decorates: name,
    };
  }

  #read(expr: Expr, scope: Scope): Value {
    switch (expr.type) {
      case "text":
        return textValue([expr.text]);
      case "template":
        return this.#template(expr.parts, scope);
      case "name":
        return this.#name(expr.name, expr.line, scope);
      case "member":
        return this.#member(expr.of, expr.name, scope);
      case "element":
        return this.#element(expr.of, scope);
      case "call":
        return this.#call(expr, scope);
      case "object":
        return this.#object(expr, scope);
      case "list":
        return { type: "list", items: expr.items.map((item) => this.evaluate(item, scope)) };
      case "choice":
        return joinValues(expr.options.map((option) => this.evaluate(option, scope)));
      case "function":
        if (expr.decorators.some((decorator) => PROPERTY.test(tailOf(decorator).at(-1) ?? "")))
          return this.#returned(expr.scope);
        return {
          type: "function",
          name: expr.name,
          decorated: expr.decorators.length > 0,
          returns: this.#returned(expr.scope),
        };
      case "class":
        return { ...this.#instance(expr.scope, this.#base(expr, scope)), className: expr.name };
      case "param":
        return this.#param(expr.default, expr.annotation, scope);
      case "assign":
        return this.evaluate(expr.value, scope);
      case "import":
        return {
          type: "reference",
          module: expr.module,
          trail: expr.name === undefined ? [] : [expr.name],
          calls: [],
        };
      default:
        return UNKNOWN;
    }
  }

  #template(parts: readonly Expr[], scope: Scope): Value {
    let text = "";
    for (const part of parts) {
      const texts = textsOf(this.evaluate(part, scope));
      text += texts.length === 1 ? texts[0] : HOLE;
    }
    return text.replaceAll(HOLE, "") === "" ? UNKNOWN : textValue([text]);
  }

  #name(name: string, line: number, scope: Scope): Value {
    let fromFunction = false;
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      // A method does not see its class's names without `self`.
      if (at.kind === "class" && fromFunction) continue;
      fromFunction ||= at.kind === "function";
      const bindings = at.bindings.get(name);
      if (bindings !== undefined) return this.#bound(reaching(bindings, at === scope ? line : undefined));
    }
    return UNKNOWN;
  }

  #bound(bindings: readonly Binding[]): Value {
    return joinValues(
      bindings.slice(0, MAX_ALTERNATIVES).map((binding) => this.evaluate(binding.value, binding.scope)),
    );
  }

  #member(of: Expr, name: string, scope: Scope): Value {
    if (isEnvironment(of)) return textValue([variableText(name)]);
    if (of.type === "self") {
      const own = enclosingClass(scope);
      const bindings = own?.bindings.get(name);
      if (bindings !== undefined) return this.#bound(bindings);
      // What a class does not define itself it has from the library's class that it extends: `self.tool(…)` of a server.
      for (const base of own?.bases ?? []) {
        const value = this.evaluate(base, own?.parent ?? scope);
        if (value.type === "reference") return memberOf(value, name);
      }
    }
    return memberOf(this.evaluate(of, scope), name);
  }

  #element(of: Expr, scope: Scope): Value {
    const value = this.evaluate(of, scope);
    if (value.type === "object") return joinValues([...value.entries.values()]);
    if (value.type === "list") return joinValues(value.items);
    return UNKNOWN;
  }

  #call(call: CallExpr, scope: Scope): Value {
    const name = tailOf(call.callee).at(-1) ?? "";
    const fact = this.callFact(call, scope);
    const result = resultOf(fact.callee, [fact]);
    // An instance has what its class defines, and what its constructor was given.
    if (result.type === "object")
      return { ...result, entries: new Map([...result.entries, ...fact.named]), className: undefined };
    const taken = name === "get" && call.callee.type === "member" ? this.#taken(call.callee.of, fact, scope) : UNKNOWN;
    if (taken.type === "text") return taken;
    if (FIELD_CALL.test(name) && fact.named.get("default")?.type === "text") return fact.named.get("default") as Value;
    const at = DEFAULT_AT.get(name) ?? (ENVIRONMENT_READER.test(name) ? 1 : undefined);
    if (at !== undefined) {
      const fallback =
        at === -1 && call.callee.type === "member" ? this.evaluate(call.callee.of, scope) : fact.args[at];
      const given = fact.named.get("default") ?? fallback;
      if (given?.type === "text") return given;
      const [variable] = ENVIRONMENT_READERS.has(name) ? textsOf(fact.args[0]) : [];
      if (variable !== undefined && /^[A-Z][A-Z0-9_]*$/.test(variable)) return textValue([variableText(variable)]);
    }
    const path = pathOf(fact, isBuiltin(call, "open", fact));
    if (path !== undefined) return path;
    if (TRANSPARENT.has(name) && fact.args.length > 0) {
      const handed = fact.args.find((arg) => arg.type === "reference" || arg.type === "text" || arg.type === "object");
      if (handed !== undefined) return handed;
    }
    return result;
  }

  /** `TABLE.get(key, fallback)` of a table that is written down: what stands at the key, or any of it. */
  #taken(of: Expr, fact: CallFact, scope: Scope): Value {
    const table = this.evaluate(of, scope);
    if (table.type !== "object") return UNKNOWN;
    const [key, fallback = UNKNOWN] = fact.args;
    const keys = textsOf(key);
    const values = keys.length === 0 ? [...table.entries.values()] : keys.map((name) => memberOf(table, name));
    return joinValues([...values, fallback]);
  }

  #object(expr: Extract<Expr, { type: "object" }>, scope: Scope): ObjectValue {
    const entries = new Map<string, Value>();
    for (const spread of expr.spreads) {
      const value = this.evaluate(spread, scope);
      if (value.type === "object") for (const [key, entry] of value.entries) entries.set(key, entry);
    }
    for (const entry of expr.entries) {
      const key = entry.computed === undefined ? [] : textsOf(this.evaluate(entry.computed, scope));
      entries.set(key.length === 1 ? (key[0] as string) : entry.key, this.evaluate(entry.value, scope));
    }
    return { type: "object", entries, base: undefined };
  }

  #returned(scope: Scope): Value {
    const values = scope.body.flatMap((expr) => (expr.type === "return" ? expr.value : [])).slice(0, MAX_ALTERNATIVES);
    return joinValues(values.map((value) => this.evaluate(value, scope)));
  }

  #base(expr: ClassExpr, scope: Scope): Value | undefined {
    const bases = expr.bases.map((base) => this.evaluate(base, scope));
    return bases.find((base) => base.type === "reference") ?? bases.find((base) => base.type === "object");
  }

  /** A class and its instances are read alike: members by name. */
  #instance(scope: Scope, base: Value | undefined): ObjectValue {
    const entries = new Map<string, Value>();
    for (const [name, bindings] of scope.bindings) {
      entries.set(
        name,
        joinValues(bindings.slice(0, MAX_ALTERNATIVES).map((binding) => this.evaluate(binding.value, binding.scope))),
      );
    }
    return { type: "object", entries, base };
  }

  #param(fallback: Expr | undefined, annotation: Expr | undefined, scope: Scope): Value {
    const value = fallback === undefined ? UNKNOWN : this.evaluate(fallback, scope);
    if (value.type !== "unknown" || annotation === undefined) return value;
    // What is declared to be of a type is one that was made.
    const type = this.evaluate(annotation, scope);
    return type.type === "reference" ? resultOf(type, []) : type;
  }
}

/** What a call makes of paths: unknown parts stay holes, as in any text. */
function pathOf({ callee, args }: CallFact, opensFile: boolean): Value | undefined {
  const name =
    callee.type === "reference" && callee.calls.length === 0 ? [callee.module, ...callee.trail].join(".") : "";
  if (opensFile || PATH_KEEPER.test(name)) return args[0]?.type === "text" ? args[0] : undefined;
  if (!PATH_JOINER.test(name)) return undefined;
  const parts = args.map((arg) => {
    const texts = textsOf(arg);
    return texts.length === 1 ? (texts[0] as string) : HOLE;
  });
  return parts.every((part) => part === HOLE) ? undefined : textValue([parts.join("/")]);
}

/** Whether a call is one of Python's own functions, which nobody has to import. */
function isBuiltin(call: CallExpr, name: string, { callee }: CallFact): boolean {
  return call.callee.type === "name" && call.callee.name === name && callee.type === "unknown";
}

/** How a text says that it is what an environment variable holds. */
function variableText(name: string): string {
  return `\${${name}}`;
}

/** `process.env`, `import.meta.env`, `os.environ`, `Deno.env`, `env`. */
function isEnvironment(expr: Expr): boolean {
  const tail = tailOf(expr);
  return (
    /^(?:env|environ)$/.test(tail.at(-1) ?? "") &&
    (tail.length === 1 || /^(?:process|meta|os|Deno|Bun)$/.test(tail.at(-2) ?? ""))
  );
}

/**
 * The assignments that may hold where a name is used: not those after it in the same scope, and of the others none
 * before the last that can't have been passed over.
 */
function reaching(bindings: readonly Binding[], line: number | undefined): readonly Binding[] {
  const earlier = bindings.filter(({ place }) => place === undefined || line === undefined || place.line < line);
  const visible = earlier.length === 0 ? bindings : earlier;
  const certain = visible.findLastIndex(({ place }) => place !== undefined && !place.conditional);
  return visible.filter(({ place }, at) => at >= certain || place === undefined);
}

/** The names by which an expression is written, from the outside in: `client.chat.completions` → those three. */
export function tailOf(expr: Expr): readonly string[] {
  const names: string[] = [];
  let at: Expr = expr;
  for (let steps = 0; steps < MAX_NESTING; steps++) {
    if (at.type === "member") {
      names.push(at.name);
      at = at.of;
    } else if (at.type === "call") at = at.callee;
    else if (at.type === "element") at = at.of;
    else break;
  }
  if (at.type === "name") names.push(at.name);
  if (at.type === "self") names.push("self");
  return names.toReversed();
}
