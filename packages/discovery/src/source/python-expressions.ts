/** Python expressions, read into the small language of ir.ts. */
import { MAX_NESTING } from "../limits.ts";
import type { LineIndex } from "../repo/text.ts";
import { bind, HOLE, newScope, other, type Entry, type Expr, type Scope } from "./ir.ts";
import { childrenOf, isExpression, splitAtCommas, type Node } from "./python-nodes.ts";
import { pythonString } from "./python-strings.ts";

/** A class by its name, which no constant is written like. */
const GENERIC_CLASS = /^(?:\w+\.)*[A-Z]\w*[a-z]\w*$/;

export class PythonExpressions {
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #noteImport: (module: string, line: number) => void;
  /** Inside methods, the names of their first parameters. */
  readonly #selfNames: string[] = [];
  #depth = 0;

  /** `noteImport` is told of what is imported by a call. */
  constructor(text: string, lines: LineIndex, noteImport: (module: string, line: number) => void) {
    this.#text = text;
    this.#lines = lines;
    this.#noteImport = noteImport;
  }

  source(node: Node): string {
    return this.#text.slice(node.from, node.to);
  }

  line(node: Node): number {
    return this.#lines.lineAt(node.from);
  }

  /** Reads a function's inside: there, `selfName` (or the enclosing method's) stands for the instance. */
  inFunction(selfName: string | undefined, read: () => void): void {
    this.#selfNames.push(selfName ?? this.#selfNames.at(-1) ?? "");
    read();
    this.#selfNames.pop();
  }

  /** Binds the parameters; returns the name of the first one where the function is a method. */
  params(list: Node, own: Scope, scope: Scope): string | undefined {
    let selfName: string | undefined;
    const children = childrenOf(list);
    for (const [at, child] of children.entries()) {
      if (child.name !== "VariableName") continue;
      const before = children[at - 1]?.name;
      if (before === "AssignOp" || before === "*" || before === "**") continue;
      const name = this.source(child);
      if (at <= 1 && scope.kind === "class") selfName = name;
      const typed = children[at + 1]?.name === "TypeDef" ? children[at + 1] : undefined;
      const assignAt = at + (typed === undefined ? 1 : 2);
      const fallback = children[assignAt]?.name === "AssignOp" ? children[assignAt + 1] : undefined;
      bind(own, name, {
        type: "param",
        ...(fallback === undefined ? {} : { default: this.expr(fallback, scope) }),
        ...(typed === undefined ? {} : { annotation: this.annotation(typed, scope) }),
      });
    }
    return selfName;
  }

  /** A type as a value of that type: `Optional[OpenAI]` and `OpenAI | None` are both an OpenAI. */
  annotation(node: Node, scope: Scope): Expr {
    const inner = childrenOf(node).find((child) => isExpression(child));
    return inner === undefined ? other([]) : this.#typeExpr(inner, scope);
  }

  #typeExpr(node: Node, scope: Scope): Expr {
    const children = childrenOf(node);
    if (node.name === "MemberExpression" && children.some((child) => child.name === "[")) {
      const base = children[0] === undefined ? "" : this.source(children[0]);
      const inner = children.slice(2).find((child) => isExpression(child));
      if (/^(?:typing\.)?(?:Optional|Annotated|ClassVar|Final|Type|type)$/.test(base) && inner !== undefined)
        return this.#typeExpr(inner, scope);
      return children[0] === undefined ? other([]) : this.expr(children[0], scope);
    }
    if (node.name === "BinaryExpression") {
      return {
        type: "choice",
        options: children.filter((child) => isExpression(child)).map((child) => this.#typeExpr(child, scope)),
      };
    }
    // A type never is a text: `Literal["gpt-4o"]` and forward references say nothing about a value.
    return node.name === "VariableName" || node.name === "MemberExpression" ? this.expr(node, scope) : other([]);
  }

  expr(node: Node, scope: Scope): Expr {
    if (this.#depth > MAX_NESTING) return other([]);
    this.#depth++;
    const expr = this.#exprKind(node, scope);
    this.#depth--;
    return expr;
  }

  #exprKind(node: Node, scope: Scope): Expr {
    const line = this.line(node);
    switch (node.name) {
      case "VariableName": {
        const name = this.source(node);
        return name === this.#selfNames.at(-1) ? { type: "self" } : { type: "name", name, line };
      }
      case "String":
        return { type: "text", text: pythonString(this.source(node)), line };
      case "ContinuedString":
        return { type: "template", parts: childrenOf(node).map((child) => this.expr(child, scope)), line };
      case "FormatString":
        return this.#formatString(node, scope, line);
      case "MemberExpression":
        return this.#memberExpression(node, scope, line);
      case "CallExpression": {
        const [callee, argList] = [node.firstChild, node.getChild("ArgList")];
        if (callee === null || argList === null) return other([]);
        return (
          this.#importCall(callee, argList, line) ?? this.callWith(this.classExpr(callee, scope), argList, scope, line)
        );
      }
      case "ParenthesizedExpression":
      case "AwaitExpression":
      case "NamedExpression":
        return this.#wrapped(node, scope);
      case "ArrayExpression":
      case "SetExpression":
      case "TupleExpression":
        return { type: "list", items: this.#operands(node, scope) };
      case "DictionaryExpression":
        return this.#dictionary(node, scope);
      case "ConditionalExpression": {
        const [whenTrue, condition, otherwise] = this.#operands(node, scope);
        const options = [whenTrue, otherwise].filter((option) => option !== undefined);
        return condition === undefined ? other(options) : { type: "choice", options };
      }
      case "BinaryExpression":
        return this.#binary(node, scope, line);
      case "LambdaExpression": {
        const own = newScope("function", scope);
        const params = node.getChild("ParamList");
        if (params !== null) this.params(params, own, scope);
        const body = node.lastChild;
        if (body !== null && isExpression(body)) own.body.push({ type: "return", value: this.expr(body, own) });
        return { type: "function", name: undefined, scope: own, decorators: [], line };
      }
      default:
        return other(this.#operands(node, scope));
    }
  }

  /** `importlib.import_module("openai")` and `__import__("openai")`. */
  #importCall(callee: Node, argList: Node, line: number): Expr | undefined {
    if (!/^(?:(?:importlib\.)?import_module|__import__)$/.test(this.source(callee))) return undefined;
    const name = argList.getChild("String");
    if (name === null) return undefined;
    const module = pythonString(this.source(name));
    if (!/^[\w.]+$/.test(module)) return undefined;
    this.#noteImport(module, line);
    return { type: "import", module, name: undefined, line };
  }

  /** What is called or extended: a generic class with its parameters, `Agent[Context]`, is that class. */
  classExpr(node: Node, scope: Scope): Expr {
    const [of, bracket] = node.name === "MemberExpression" ? childrenOf(node) : [];
    const isGeneric = bracket?.name === "[" && of !== undefined && GENERIC_CLASS.test(this.source(of));
    return this.expr(isGeneric ? of : node, scope);
  }

  #operands(node: Node, scope: Scope): Expr[] {
    return childrenOf(node)
      .filter((child) => isExpression(child))
      .map((child) => this.expr(child, scope));
  }

  #wrapped(node: Node, scope: Scope): Expr {
    const operands = childrenOf(node).filter((child) => isExpression(child));
    const last = operands.at(-1);
    if (last === undefined) return other([]);
    const value = this.expr(last, scope);
    const name = operands[0];
    if (node.name === "NamedExpression" && name !== undefined && name !== last) bind(scope, this.source(name), value);
    return value;
  }

  #formatString(node: Node, scope: Scope, line: number): Expr {
    const parts: Expr[] = [];
    const source = this.source(node);
    const prefix = /^[a-z]*(?:"""|'''|"|')/i.exec(source)?.[0] ?? '"';
    const quoteChars = prefix.replace(/^[a-z]*/i, "").length;
    let at = node.from + prefix.length;
    for (const child of childrenOf(node)) {
      if (child.name !== "FormatReplacement") continue;
      if (child.from > at) parts.push({ type: "text", text: this.#text.slice(at, child.from), line });
      const inner = childrenOf(child).find((part) => isExpression(part));
      parts.push(inner === undefined ? { type: "text", text: HOLE, line } : this.expr(inner, scope));
      at = child.to;
    }
    const end = node.to - quoteChars;
    if (end > at) parts.push({ type: "text", text: this.#text.slice(at, end), line });
    return { type: "template", parts, line };
  }

  #memberExpression(node: Node, scope: Scope, line: number): Expr {
    const children = childrenOf(node);
    const first = children[0];
    if (first === undefined) return other([]);
    const of = this.expr(first, scope);
    const property = children.find((child) => child.name === "PropertyName");
    if (property !== undefined) return { type: "member", of, name: this.source(property), line: this.line(property) };
    const indexes = children.slice(2).filter((child) => isExpression(child));
    const index = indexes.length === 1 && indexes[0] !== undefined ? this.expr(indexes[0], scope) : other([]);
    if (index.type === "text") return { type: "member", of, name: index.text, line };
    return { type: "element", of, index };
  }

  callWith(callee: Expr, argList: Node, scope: Scope, line: number): Expr {
    const args: Expr[] = [];
    const named: Entry[] = [];
    const spreads: Expr[] = [];
    for (const parts of splitAtCommas(childrenOf(argList).slice(1, -1))) {
      const [first, second] = parts;
      if (first === undefined) continue;
      const last = parts.at(-1) as Node;
      if (first.name === "**" || first.name === "*") spreads.push(this.expr(last, scope));
      else if (second?.name === "AssignOp") {
        if (last !== second)
          named.push({ key: this.source(first), value: this.expr(last, scope), line: this.line(first) });
      } else if (parts.length > 1)
        args.push(other(parts.filter((part) => isExpression(part)).map((part) => this.expr(part, scope))));
      else args.push(this.expr(first, scope));
    }
    return { type: "call", callee, args, named, spreads, line };
  }

  #dictionary(node: Node, scope: Scope): Expr {
    const entries: Entry[] = [];
    const spreads: Expr[] = [];
    const others: Expr[] = [];
    for (const parts of splitAtCommas(childrenOf(node).slice(1, -1))) {
      const [key, colon] = parts;
      const value = parts.at(-1);
      if (key === undefined || value === undefined || !isExpression(value)) continue;
      if (key.name === "**") spreads.push(this.expr(value, scope));
      else if (
        colon?.name === ":" &&
        (key.name === "String" || key.name === "VariableName" || key.name === "MemberExpression")
      ) {
        const name = key.name === "String" ? pythonString(this.source(key)) : this.source(key);
        const computed = key.name === "String" ? {} : { computed: this.expr(key, scope) };
        entries.push({ key: name, ...computed, value: this.expr(value, scope), line: this.line(key) });
      } else others.push(...parts.filter((part) => isExpression(part)).map((part) => this.expr(part, scope)));
    }
    return others.length > 0 && entries.length === 0 ? other(others) : { type: "object", entries, spreads };
  }

  #binary(node: Node, scope: Scope, line: number): Expr {
    const operator = childrenOf(node).find((child) => !isExpression(child));
    const operands = this.#operands(node, scope);
    const symbol = operator === undefined ? "" : this.source(operator);
    if (symbol === "or") return { type: "choice", options: operands };
    if (symbol === "+") return { type: "template", parts: operands, line };
    // A text is divided by nothing: pathlib's paths are put together so.
    if (symbol === "/" && operands.some(({ type }) => type === "text")) {
      return {
        type: "template",
        parts: operands.flatMap((part, at) => (at === 0 ? [part] : [slash(line), part])),
        line,
      };
    }
    // LangChain's pipes: prompt | model | parser. Each part is what it is.
    return other(operands);
  }
}

function slash(line: number): Expr {
  return { type: "text", text: "/", line };
}
