/** Reads Python (with the error-tolerant Lezer grammar) into the small language of ir.ts. */
import { parser } from "@lezer/python";

import { MAX_NESTING } from "../limits.ts";
import { LineIndex } from "../repo/text.ts";
import { bind, enclosingClass, newScope, other, type Expr, type ImportFact, type Module, type Scope } from "./ir.ts";
import { PythonExpressions } from "./python-expressions.ts";
import { childrenOf, isExpression, isStatement, splitAtCommas, type Node } from "./python-nodes.ts";

/** Parses a file. Never throws: what the grammar can't read is left out. */
export function parsePython(text: string): Module {
  return new PythonReader(text).read();
}

class PythonReader {
  readonly #text: string;
  readonly #expressions: PythonExpressions;
  readonly #imports: ImportFact[] = [];
  readonly #reexports: string[] = [];
  /** Names that some function declares as global: assigned there, they are the module's. */
  readonly #globals = new Set<string>();
  readonly #module = newScope("module", undefined);
  /** How many branches and loops the present statement stands in, within its function. */
  #branches = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#expressions = new PythonExpressions(text, new LineIndex(text), (module, line) =>
      this.#imports.push({ module, names: [], line }),
    );
  }

  read(): Module {
    const scope = this.#module;
    this.#statements(parser.parse(this.#text).topNode, scope);
    const exports = new Map<string, Expr>();
    for (const name of scope.bindings.keys()) exports.set(name, { type: "name", name, line: 1 });
    return { scope, imports: this.#imports, exports, reexports: this.#reexports };
  }

  #statements(parent: Node, scope: Scope): void {
    for (const node of childrenOf(parent)) this.#statement(node, scope);
  }

  #statement(node: Node, scope: Scope): void {
    if (this.#depth > MAX_NESTING) return;
    this.#depth++;
    switch (node.name) {
      case "ImportStatement":
        this.#importStatement(node, scope);
        break;
      case "AssignStatement":
      case "UpdateStatement":
        this.#assignStatement(node, scope);
        break;
      case "FunctionDefinition":
        this.#define(node, scope, []);
        break;
      case "ClassDefinition":
        this.#define(node, scope, []);
        break;
      case "DecoratedStatement":
        this.#decorated(node, scope);
        break;
      case "ScopeStatement":
        for (const name of node.getChildren("VariableName")) this.#globals.add(this.#expressions.source(name));
        break;
      case "ReturnStatement":
        for (const child of childrenOf(node).filter((part) => isExpression(part))) {
          scope.body.push({ type: "return", value: this.#expressions.expr(child, scope) });
        }
        break;
      case "WithStatement":
        this.#withStatement(node, scope);
        break;
      default:
        // Every other statement is its expressions and its bodies: if, for, try, return, match …
        for (const child of childrenOf(node)) {
          if (child.name === "Body" || child.name === "MatchBody" || child.name === "MatchClause")
            this.#branch(child, scope);
          else if (isStatement(child)) this.#statement(child, scope);
          else if (isExpression(child)) scope.body.push(this.#expressions.expr(child, scope));
        }
    }
    this.#depth--;
  }

  #branch(body: Node, scope: Scope): void {
    this.#branches++;
    this.#statements(body, scope);
    this.#branches--;
  }

  #importStatement(node: Node, scope: Scope): void {
    const line = this.#expressions.line(node);
    const children = childrenOf(node);
    const importAt = children.findIndex((child) => child.name === "import");
    if (children[0]?.name === "from") {
      const module = children
        .slice(1, importAt)
        .map((child) => this.#expressions.source(child))
        .join("");
      this.#importedNames(children.slice(importAt + 1), module, scope, line);
      return;
    }
    for (const parts of splitAtCommas(children.slice(importAt + 1))) {
      const asAt = parts.findIndex((child) => child.name === "as");
      const path = parts
        .slice(0, asAt === -1 ? undefined : asAt)
        .map((child) => this.#expressions.source(child))
        .join("");
      if (path === "") continue;
      this.#imports.push({ module: path, names: [], line });
      const alias = asAt === -1 ? undefined : parts[asAt + 1];
      // `import a.b` binds a; `import a.b as x` binds a.b.
      if (alias === undefined) {
        const root = path.split(".")[0] as string;
        bind(scope, root, { type: "import", module: root, name: undefined, line });
      } else bind(scope, this.#expressions.source(alias), { type: "import", module: path, name: undefined, line });
    }
  }

  #importedNames(children: readonly Node[], module: string, scope: Scope, line: number): void {
    const names: string[] = [];
    for (const parts of splitAtCommas(children.filter((child) => child.name !== "(" && child.name !== ")"))) {
      const first = parts[0];
      if (first === undefined) continue;
      if (first.name === "*") {
        this.#reexports.push(module);
        names.push("*");
        continue;
      }
      const name = this.#expressions.source(first);
      const alias = parts[1]?.name === "as" ? parts[2] : undefined;
      names.push(name);
      bind(scope, alias === undefined ? name : this.#expressions.source(alias), {
        type: "import",
        module,
        name,
        line: this.#expressions.line(first),
      });
    }
    this.#imports.push({ module, names, line });
  }

  #assignStatement(node: Node, scope: Scope): void {
    const children = childrenOf(node);
    const operators = children.flatMap((child, at) =>
      child.name === "AssignOp" || child.name === "UpdateOp" ? [at] : [],
    );
    const lastOperator = operators.at(-1);
    const typed = children.find((child) => child.name === "TypeDef");
    const value = lastOperator === undefined ? undefined : this.#valueOf(children.slice(lastOperator + 1), scope);
    const targets = lastOperator === undefined ? children.slice(0, 1) : children.slice(0, lastOperator);
    const annotation = typed === undefined ? undefined : this.#expressions.annotation(typed, scope);
    const named = targets.filter((child) => isExpression(child));
    for (const [at, target] of named.entries()) {
      const assigned = value ?? { type: "param" as const, ...(annotation === undefined ? {} : { annotation }) };
      const ownValue =
        operators.length === 1 && named.length > 1
          ? this.#unpacked(children, lastOperator as number, at, scope)
          : assigned;
      this.#assign(target, ownValue, annotation, scope, this.#expressions.line(node));
    }
  }

  /** The value for the nth target of `a, b = x, y`; for `a, b = call()` nothing is known of either. */
  #unpacked(children: readonly Node[], operator: number, at: number, scope: Scope): Expr {
    const values = children.slice(operator + 1).filter((child) => isExpression(child));
    const own = values[at];
    if (values.length > 1 && own !== undefined) return this.#expressions.expr(own, scope);
    return at === 0 && values[0] !== undefined ? other([this.#expressions.expr(values[0], scope)]) : other([]);
  }

  #valueOf(nodes: readonly Node[], scope: Scope): Expr {
    const values = nodes.filter((child) => isExpression(child)).map((child) => this.#expressions.expr(child, scope));
    return values.length === 1 ? (values[0] as Expr) : { type: "list", items: values };
  }

  #assign(target: Node, value: Expr, annotation: Expr | undefined, scope: Scope, line: number): void {
    const targetExpr = this.#expressions.expr(target, scope);
    if (targetExpr.type === "name") {
      const owner = this.#globals.has(targetExpr.name) ? this.#module : scope;
      bind(owner, targetExpr.name, value, scope, { line, conditional: this.#branches > 0 || owner !== scope });
      if (annotation !== undefined && value.type !== "param")
        bind(scope, targetExpr.name, { type: "param", annotation });
    } else if (targetExpr.type === "member" && targetExpr.of.type === "self") {
      const owner = enclosingClass(scope);
      if (owner !== undefined) bind(owner, targetExpr.name, value, scope);
    }
    scope.body.push({ type: "assign", target: targetExpr, value, line });
  }

  #withStatement(node: Node, scope: Scope): void {
    const children = childrenOf(node);
    for (const [at, child] of children.entries()) {
      if (child.name === "Body") this.#statements(child, scope);
      else if (isExpression(child) && children[at - 1]?.name !== "as") {
        const value = this.#expressions.expr(child, scope);
        const alias = children[at + 1]?.name === "as" ? children[at + 2] : undefined;
        if (alias === undefined) scope.body.push(value);
        else this.#assign(alias, value, undefined, scope, this.#expressions.line(child));
      }
    }
  }

  #decorated(node: Node, scope: Scope): void {
    const children = childrenOf(node);
    const decorators = children
      .filter((child) => child.name === "Decorator")
      .map((child) => this.#decorator(child, scope));
    const definition = children.at(-1);
    if (definition !== undefined) this.#define(definition, scope, decorators);
  }

  #decorator(node: Node, scope: Scope): Expr {
    let expr: Expr = other([]);
    for (const child of childrenOf(node)) {
      if (child.name === "VariableName" && expr.type === "other") expr = this.#expressions.expr(child, scope);
      else if (child.name === "VariableName" || child.name === "PropertyName") {
        expr = { type: "member", of: expr, name: this.#expressions.source(child), line: this.#expressions.line(child) };
      } else if (child.name === "ArgList")
        expr = this.#expressions.callWith(expr, child, scope, this.#expressions.line(node));
      else if (isExpression(child)) expr = this.#expressions.expr(child, scope);
    }
    return expr;
  }

  #define(node: Node, scope: Scope, decorators: readonly Expr[]): void {
    const nameNode = node.getChild("VariableName");
    const name = nameNode === null ? undefined : this.#expressions.source(nameNode);
    const line = this.#expressions.line(nameNode ?? node);
    const body = node.getChild("Body");
    const expr =
      node.name === "ClassDefinition"
        ? this.#classExpr(node, body, name, scope, decorators, line)
        : this.#functionExpr(node, body, name, scope, decorators, line);
    if (name !== undefined) bind(scope, name, expr);
    scope.body.push(expr);
  }

  #classExpr(
    node: Node,
    body: Node | null,
    name: string | undefined,
    scope: Scope,
    decorators: readonly Expr[],
    line: number,
  ): Expr {
    const own = newScope("class", scope);
    const argList = node.getChild("ArgList");
    const given = argList === null ? [] : childrenOf(argList).filter((child) => isExpression(child));
    const bases = given.map((base) => this.#expressions.classExpr(base, scope));
    own.bases = bases;
    const expr: Expr = {
      type: "class",
      name,
      scope: own,
      bases,
      decorators,
      line,
    };
    if (body !== null) this.#statements(body, own);
    return expr;
  }

  #functionExpr(
    node: Node,
    body: Node | null,
    name: string | undefined,
    scope: Scope,
    decorators: readonly Expr[],
    line: number,
  ): Expr {
    const own = newScope("function", scope);
    const params = node.getChild("ParamList");
    const selfName = params === null ? undefined : this.#expressions.params(params, own, scope);
    const outer = this.#branches;
    this.#branches = 0;
    if (body !== null) this.#expressions.inFunction(selfName, () => this.#statements(body, own));
    this.#branches = outer;
    return { type: "function", name, scope: own, decorators, line };
  }
}
