/** Reads JavaScript and TypeScript (parsed by oxc) into the small language of ir.ts: declarations and statements. */
import { parseSync } from "oxc-parser";

import { MAX_NESTING } from "../limits.ts";
import { packageName } from "../manifests/javascript.ts";
import { LineIndex } from "../repo/text.ts";
import { bind, enclosingClass, newScope, other, type Expr, type ImportFact, type Module, type Scope } from "./ir.ts";
import { JavaScriptExpressions, type FunctionReader } from "./javascript-expressions.ts";
import { fieldsOf, isNode, listOf, nodeAt, textAt, type Node } from "./javascript-nodes.ts";

/** Parses a file; undefined where it is no JavaScript or TypeScript. The name's extension chooses the dialect. */
export function parseJavaScript(name: string, text: string): Module | undefined {
  const dialect = /\.[cm]?tsx?$/.test(name) ? name : name.replace(/\.[^.]*$/, ".tsx");
  let program: unknown;
  try {
    const parsed = parseSync(dialect, text, { sourceType: "unambiguous" });
    program = parsed.program;
    // The parser recovers from most errors but gives an empty program where it can't; Flow and old dialects end here.
    if (parsed.errors.length > 0 && (program as { body: unknown[] }).body.length === 0) return undefined;
  } catch {
    return undefined;
  }
  return isNode(program) ? new JavaScriptReader(text).read(program) : undefined;
}

class JavaScriptReader implements FunctionReader {
  readonly #expressions: JavaScriptExpressions;
  readonly #imports: ImportFact[] = [];
  readonly #exports = new Map<string, Expr>();
  readonly #reexports: string[] = [];
  /** How many branches and loops the present statement stands in, within its function. */
  #branches = 0;
  #depth = 0;

  constructor(text: string) {
    this.#expressions = new JavaScriptExpressions(new LineIndex(text), this);
  }

  read(program: Node): Module {
    const scope = newScope("module", undefined);
    this.#statements(listOf(program, "body"), scope);
    return { scope, imports: this.#imports, exports: this.#exports, reexports: this.#reexports };
  }

  /** Reads the body of a function into the scope that the expression reader made. */
  functionBody(body: Node, scope: Scope): void {
    const outer = this.#branches;
    this.#branches = 0;
    this.#statements(listOf(body, "body"), scope);
    this.#branches = outer;
  }

  noteImport(module: string, names: readonly string[], line: number): void {
    this.#imports.push({ module, names, line });
  }

  #statements(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) this.#statement(node, scope);
  }

  #statement(node: Node, scope: Scope): void {
    if (this.#depth > MAX_NESTING) return;
    this.#depth++;
    switch (node.type) {
      case "ImportDeclaration":
        this.#importDeclaration(node, scope);
        break;
      case "TSImportEqualsDeclaration":
        this.#importEquals(node, scope);
        break;
      case "ExportNamedDeclaration":
        this.#exportNamed(node, scope);
        break;
      case "ExportDefaultDeclaration":
        this.#exportDefault(node, scope);
        break;
      case "ExportAllDeclaration":
        this.#reexports.push(textAt(node, "source", "value"));
        break;
      case "VariableDeclaration":
        for (const declarator of listOf(node, "declarations")) this.#declare(declarator, scope);
        break;
      case "FunctionDeclaration":
      case "ClassDeclaration":
        this.#define(node, scope);
        break;
      case "TSEnumDeclaration":
        this.#enum(node, scope);
        break;
      case "TSTypeAliasDeclaration":
        this.#typeAlias(node, scope);
        break;
      case "ReturnStatement":
        this.#return(node, scope);
        break;
      case "TSModuleDeclaration":
      case "LabeledStatement":
      case "BlockStatement":
      case "StaticBlock":
        this.#inner(node, scope);
        break;
      default:
        if (!node.type.startsWith("TS")) this.#anyStatement(node, scope);
    }
    this.#depth--;
  }

  #return(node: Node, scope: Scope): void {
    const argument = nodeAt(node, "argument");
    if (argument !== undefined) scope.body.push({ type: "return", value: this.#expressions.read(argument, scope) });
  }

  #inner(node: Node, scope: Scope): void {
    const body = fieldsOf(node)["body"];
    if (Array.isArray(body)) this.#statements(listOf(node, "body"), scope);
    else if (isNode(body)) this.#statement(body, scope);
  }

  /** Control flow: its statements are read in place, its expressions visited. */
  #anyStatement(node: Node, scope: Scope): void {
    const isBranch = node.type !== "ExpressionStatement";
    if (isBranch) this.#branches++;
    for (const value of Object.values(fieldsOf(node))) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue;
        if (/Statement$|Declaration$|^SwitchCase$|^CatchClause$/.test(child.type)) this.#statement(child, scope);
        else scope.body.push(this.#expressions.read(child, scope));
      }
    }
    if (isBranch) this.#branches--;
  }

  #importDeclaration(node: Node, scope: Scope): void {
    if (textAt(node, "importKind") === "type") {
      this.#bindTypes(node, scope);
      return;
    }
    const module = packageName(textAt(node, "source", "value"));
    const names: string[] = [];
    for (const specifier of listOf(node, "specifiers")) {
      const line = this.#expressions.line(specifier);
      const local = textAt(specifier, "local", "name");
      const name = importedName(specifier);
      bind(scope, local, { type: "import", module, name, line });
      if (textAt(specifier, "importKind") !== "type") names.push(name ?? "*");
    }
    // `import { type A } from "x"` imports nothing when it runs.
    if (names.length > 0 || listOf(node, "specifiers").length === 0)
      this.noteImport(module, names, this.#expressions.line(node));
  }

  /** A type import is no use of the module, but tells what a parameter or field of that type is. */
  #bindTypes(node: Node, scope: Scope): void {
    const module = packageName(textAt(node, "source", "value"));
    for (const specifier of listOf(node, "specifiers")) {
      const name = importedName(specifier);
      bind(scope, textAt(specifier, "local", "name"), {
        type: "import",
        module,
        name,
        line: this.#expressions.line(specifier),
      });
    }
  }

  #importEquals(node: Node, scope: Scope): void {
    const module = textAt(node, "moduleReference", "expression", "value");
    if (module === "") return;
    const line = this.#expressions.line(node);
    this.noteImport(module, [], line);
    bind(scope, textAt(node, "id", "name"), { type: "import", module, name: undefined, line });
  }

  #exportNamed(node: Node, scope: Scope): void {
    const declaration = nodeAt(node, "declaration");
    if (declaration !== undefined) {
      const before = new Set(scope.bindings.keys());
      this.#statement(declaration, scope);
      const own = textAt(declaration, "id", "name");
      for (const name of scope.bindings.keys()) {
        if (!before.has(name) || name === own) this.#exports.set(name, { type: "name", name, line: 1 });
      }
      return;
    }
    const module = textAt(node, "source", "value");
    for (const specifier of listOf(node, "specifiers")) {
      const local = textAt(specifier, "local", "name") || textAt(specifier, "local", "value");
      const exported = textAt(specifier, "exported", "name") || textAt(specifier, "exported", "value");
      const line = this.#expressions.line(specifier);
      this.#exports.set(
        exported,
        module === "" ? { type: "name", name: local, line } : { type: "import", module, name: local, line },
      );
    }
    if (module !== "" && textAt(node, "exportKind") !== "type")
      this.noteImport(module, [], this.#expressions.line(node));
  }

  #exportDefault(node: Node, scope: Scope): void {
    const declaration = nodeAt(node, "declaration");
    if (declaration === undefined) return;
    if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") {
      this.#exports.set("default", this.#define(declaration, scope));
      return;
    }
    const value = this.#expressions.read(declaration, scope);
    scope.body.push(value);
    this.#exports.set("default", value);
  }

  #define(node: Node, scope: Scope): Expr {
    const expr = this.#expressions.read(node, scope);
    const name = textAt(node, "id", "name");
    if (name !== "") bind(scope, name, expr);
    scope.body.push(expr);
    return expr;
  }

  #declare(declarator: Node, scope: Scope): void {
    const init = nodeAt(declarator, "init");
    const target = nodeAt(declarator, "id");
    if (target === undefined) return;
    const line = this.#expressions.line(declarator);
    const annotation = this.#expressions.annotationOf(target, scope);
    if (init === undefined) {
      // Bound even without a type, so that a later assignment from an inner function finds the scope of the name.
      const declared: Expr = annotation === undefined ? other([]) : { type: "param", annotation };
      this.#expressions.bindPattern(target, declared, scope);
      return;
    }
    const value = this.#expressions.read(init, scope);
    this.#expressions.bindPattern(target, value, scope, { line, conditional: this.#branches > 0 });
    if (value.type === "other" && annotation !== undefined) {
      this.#expressions.bindPattern(target, { type: "param", annotation }, scope);
    }
    scope.body.push({ type: "assign", target: this.#expressions.read(target, scope), value, line });
  }

  #enum(node: Node, scope: Scope): void {
    const members = listOf(nodeAt(node, "body") ?? node, "members");
    const entries = members.flatMap((member) => {
      const initializer = nodeAt(member, "initializer");
      const key = textAt(member, "id", "name") || textAt(member, "id", "value");
      const line = this.#expressions.line(member);
      return initializer === undefined ? [] : [{ key, value: this.#expressions.read(initializer, scope), line }];
    });
    const name = textAt(node, "id", "name");
    const value: Expr = { type: "object", entries, spreads: [] };
    bind(scope, name, value);
    const line = this.#expressions.line(node);
    scope.body.push({ type: "assign", target: { type: "name", name, line }, value, line });
  }

  /** `type Model = "a" | "b"` lists what there is, as an enumeration does. */
  #typeAlias(node: Node, scope: Scope): void {
    const type = nodeAt(node, "typeAnnotation");
    if (type?.type !== "TSUnionType") return;
    const items = listOf(type, "types").flatMap((member) => {
      const literal = member.type === "TSLiteralType" ? nodeAt(member, "literal") : undefined;
      return literal === undefined ? [] : [this.#expressions.read(literal, scope)];
    });
    const line = this.#expressions.line(node);
    const target: Expr = { type: "name", name: textAt(node, "id", "name"), line };
    scope.body.push({ type: "assign", target, value: { type: "list", items }, line });
  }

  /** `this.client = …` and `module.exports = …` and `exports.x = …` are told to the class and to the module. */
  noteAssignment(target: Expr, value: Expr, scope: Scope): void {
    if (target.type === "name") {
      const owner = declaringScope(scope, target.name);
      bind(owner, target.name, value, scope, { line: target.line, conditional: this.#branches > 0 || owner !== scope });
    }
    if (target.type !== "member") return;
    if (target.of.type === "self") {
      const owner = enclosingClass(scope);
      if (owner !== undefined) bind(owner, target.name, value, scope);
    } else if (target.of.type === "name" && target.of.name === "exports") this.#exports.set(target.name, value);
    else if (target.of.type === "name" && target.of.name === "module" && target.name === "exports")
      this.#exportObject(value);
    else if (target.of.type === "member" && target.of.name === "exports") this.#exports.set(target.name, value);
  }

  #exportObject(value: Expr): void {
    this.#exports.set("default", value);
    if (value.type === "object") for (const entry of value.entries) this.#exports.set(entry.key, entry.value);
  }
}

/** The scope in which a name was declared; the present one where it was not. */
function declaringScope(scope: Scope, name: string): Scope {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) if (at.bindings.has(name)) return at;
  return scope;
}

/** The name that a specifier imports; undefined for the module itself. */
function importedName(specifier: Node): string | undefined {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  if (specifier.type === "ImportNamespaceSpecifier") return undefined;
  return textAt(specifier, "imported", "name") || textAt(specifier, "imported", "value");
}
