/**
 * The small language that JavaScript, TypeScript and Python are read into, so that names, aliases, constants and calls
 * are followed by one evaluator. It keeps what tells where a value comes from, and drops what tells how it is computed.
 */

/** Stands in a text for a part that can't be read: an interpolated value. */
export const HOLE = "\uFFFC";

export type Expr =
  | { readonly type: "text"; readonly text: string; readonly line: number }
  | { readonly type: "template"; readonly parts: readonly Expr[]; readonly line: number }
  | { readonly type: "name"; readonly name: string; readonly line: number }
  | { readonly type: "self" }
  | { readonly type: "member"; readonly of: Expr; readonly name: string; readonly line: number }
  | { readonly type: "element"; readonly of: Expr; readonly index: Expr }
  | CallExpr
  | { readonly type: "object"; readonly entries: readonly Entry[]; readonly spreads: readonly Expr[] }
  | { readonly type: "list"; readonly items: readonly Expr[] }
  | { readonly type: "choice"; readonly options: readonly Expr[] }
  | FunctionExpr
  | ClassExpr
  | { readonly type: "param"; readonly default?: Expr; readonly annotation?: Expr }
  | ImportExpr
  | { readonly type: "assign"; readonly target: Expr; readonly value: Expr; readonly line: number }
  | { readonly type: "return"; readonly value: Expr }
  | { readonly type: "other"; readonly children: readonly Expr[] };

export interface Entry {
  readonly key: string;
  /** Set where the key is the value of a name: `{ [SERVER]: … }`. */
  readonly computed?: Expr;
  readonly value: Expr;
  readonly line: number;
}

export interface CallExpr {
  readonly type: "call";
  readonly callee: Expr;
  readonly args: readonly Expr[];
  readonly named: readonly Entry[];
  /** What is spread into the arguments: `**options`, `...options`. */
  readonly spreads: readonly Expr[];
  readonly line: number;
}

export interface FunctionExpr {
  readonly type: "function";
  readonly name: string | undefined;
  /** Its body holds a `return` for each value that it may give. */
  readonly scope: Scope;
  readonly decorators: readonly Expr[];
  readonly line: number;
}

export interface ClassExpr {
  readonly type: "class";
  readonly name: string | undefined;
  readonly scope: Scope;
  readonly bases: readonly Expr[];
  readonly decorators: readonly Expr[];
  readonly line: number;
}

export interface ImportExpr {
  readonly type: "import";
  /** As written: `openai`, `./llm`, `..config`. */
  readonly module: string;
  /** The imported name; undefined for the module itself. */
  readonly name: string | undefined;
  readonly line: number;
}

export interface Binding {
  readonly value: Expr;
  /** Where the value is evaluated. */
  readonly scope: Scope;
  /** Set for an assignment: its line, and whether it may be passed over (in a branch or loop). */
  readonly place: Place | undefined;
}

export interface Place {
  readonly line: number;
  readonly conditional: boolean;
}

export interface Scope {
  readonly kind: "module" | "function" | "class";
  readonly parent: Scope | undefined;
  readonly bindings: Map<string, Binding[]>;
  /** The statements, in order. */
  readonly body: Expr[];
  /** For a class: what it extends. */
  bases?: readonly Expr[];
}

/** An import as it stands in the file, whether or not the name is used. */
export interface ImportFact {
  readonly module: string;
  readonly names: readonly string[];
  readonly line: number;
}

/** A parsed file. */
export interface Module {
  readonly scope: Scope;
  readonly imports: readonly ImportFact[];
  /** The exported names and what they stand for. Python exports what it binds. */
  readonly exports: ReadonlyMap<string, Expr>;
  /** Modules whose every name is exported again: `export * from`, `from x import *`. */
  readonly reexports: readonly string[];
}

export function newScope(kind: Scope["kind"], parent: Scope | undefined): Scope {
  return { kind, parent, bindings: new Map(), body: [] };
}

/** Binds a name in a scope; the value is evaluated in `from`, where it was written. */
export function bind(scope: Scope, name: string, value: Expr, from: Scope = scope, place?: Place): void {
  const binding: Binding = { value, scope: from, place };
  const known = scope.bindings.get(name);
  if (known === undefined) scope.bindings.set(name, [binding]);
  else known.push(binding);
}

export function other(children: readonly Expr[]): Expr {
  return { type: "other", children };
}

/** The nearest enclosing class. */
export function enclosingClass(scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) if (at.kind === "class") return at;
  return undefined;
}
