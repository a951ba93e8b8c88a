/** JavaScript and TypeScript expressions, read into the small language of ir.ts. */
import { MAX_NESTING } from "../limits.ts";
import { packageName } from "../manifests/javascript.ts";
import type { LineIndex } from "../repo/text.ts";
import { bind, HOLE, newScope, other, type ClassExpr, type Entry, type Expr, type Place, type Scope } from "./ir.ts";
import { fieldsOf, isNode, listOf, nodeAt, textAt, type Node } from "./javascript-nodes.ts";

/** A variable of the environment or of a configuration. */
const VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** What expressions need of the statement reader: bodies of functions, imports by call, assignments. */
export interface FunctionReader {
  functionBody(body: Node, scope: Scope): void;
  noteImport(module: string, names: readonly string[], line: number): void;
  noteAssignment(target: Expr, value: Expr, scope: Scope): void;
}

export class JavaScriptExpressions {
  readonly #lines: LineIndex;
  readonly #reader: FunctionReader;
  #depth = 0;

  constructor(lines: LineIndex, reader: FunctionReader) {
    this.#lines = lines;
    this.#reader = reader;
  }

  line(node: Node): number {
    return this.#lines.lineAt(node.start);
  }

  read(node: Node, scope: Scope): Expr {
    if (this.#depth > MAX_NESTING) return other([]);
    this.#depth++;
    const expr = this.#kind(node, scope);
    this.#depth--;
    return expr;
  }

  /** Binds every name of a pattern: `{ a, b: { c } }` takes members, a plain name takes the value. */
  bindPattern(pattern: Node, value: Expr, scope: Scope, place?: Place): void {
    switch (pattern.type) {
      case "Identifier":
        bind(scope, textAt(pattern, "name"), value, scope, place);
        break;
      case "AssignmentPattern": {
        const left = nodeAt(pattern, "left");
        const right = nodeAt(pattern, "right");
        if (left === undefined || right === undefined) break;
        this.bindPattern(left, { type: "choice", options: [this.read(right, scope), value] }, scope);
        break;
      }
      case "ObjectPattern":
        for (const property of listOf(pattern, "properties")) {
          const target = nodeAt(property, "value");
          const key = keyOf(property);
          if (target === undefined || key === undefined) continue;
          const member: Expr = { type: "member", of: value, name: key, line: this.line(property) };
          this.bindPattern(target, member, scope);
          // A variable is read where it is taken out, whether or not its name is used: `const { API_KEY } = process.env`.
          if (VARIABLE.test(key) && value.type !== "param") scope.body.push(member);
        }
        break;
      case "ArrayPattern":
        for (const element of listOf(pattern, "elements")) this.bindPattern(element, other([]), scope);
        break;
      default:
        break;
    }
  }

  /** The annotated type of a pattern, as a value of that type. */
  annotationOf(pattern: Node, scope: Scope): Expr | undefined {
    const annotation = nodeAt(pattern, "typeAnnotation");
    const type = annotation === undefined ? undefined : nodeAt(annotation, "typeAnnotation");
    return type === undefined ? undefined : this.#typeExpr(type, scope);
  }

  #typeExpr(type: Node, scope: Scope): Expr | undefined {
    if (type.type === "TSUnionType") {
      const options = listOf(type, "types").flatMap((option) => this.#typeExpr(option, scope) ?? []);
      return options.length === 0 ? undefined : { type: "choice", options };
    }
    const name = type.type === "TSTypeReference" ? nodeAt(type, "typeName") : undefined;
    return name === undefined ? undefined : this.#typeName(name);
  }

  #typeName(name: Node): Expr {
    const line = this.line(name);
    if (name.type === "Identifier") return { type: "name", name: textAt(name, "name"), line };
    const left = nodeAt(name, "left");
    if (left === undefined) return other([]);
    return { type: "member", of: this.#typeName(left), name: textAt(name, "right", "name"), line };
  }

  #kind(node: Node, scope: Scope): Expr {
    const line = this.line(node);
    switch (node.type) {
      case "Literal":
        return typeof fieldsOf(node)["value"] === "string"
          ? { type: "text", text: textAt(node, "value"), line }
          : other([]);
      case "Identifier":
        return { type: "name", name: textAt(node, "name"), line };
      case "ThisExpression":
        return { type: "self" };
      case "TemplateLiteral":
        return { type: "template", parts: this.#templateParts(node, scope, line), line };
      case "TaggedTemplateExpression":
        return this.#taggedTemplate(node, scope, line);
      case "MemberExpression":
        return this.#member(node, scope, line);
      case "CallExpression":
      case "NewExpression":
        return this.#call(node, scope, line);
      case "ImportExpression":
        return this.#importCall(nodeAt(node, "source"), scope, line);
      case "ObjectExpression":
        return this.#object(node, scope);
      case "ArrayExpression":
        return { type: "list", items: listOf(node, "elements").map((item) => this.read(item, scope)) };
      case "ConditionalExpression":
        return this.#choice(node, ["consequent", "alternate"], scope);
      case "LogicalExpression":
        return this.#choice(node, textAt(node, "operator") === "&&" ? ["right"] : ["left", "right"], scope);
      case "BinaryExpression":
        return textAt(node, "operator") === "+"
          ? { type: "template", parts: this.#fields(node, ["left", "right"], scope), line }
          : other(this.#fields(node, ["left", "right"], scope));
      case "AssignmentExpression":
        return this.#assignment(node, scope, line);
      case "ArrowFunctionExpression":
      case "FunctionExpression":
      case "FunctionDeclaration":
        return this.#function(node, scope, line);
      case "ClassExpression":
      case "ClassDeclaration":
        return this.#class(node, scope, line);
      default:
        return this.#wrapped(node, scope);
    }
  }

  /** Wrappers that are what they wrap (await, as, satisfies, !, parentheses), and whatever else holds expressions. */
  #wrapped(node: Node, scope: Scope): Expr {
    if (/^(?:AwaitExpression|ParenthesizedExpression|ChainExpression|TS\w+(?:Expression|Assertion))$/.test(node.type)) {
      const inner = nodeAt(node, "expression") ?? nodeAt(node, "argument");
      return inner === undefined ? other([]) : this.read(inner, scope);
    }
    if (node.type.startsWith("TS")) return other([]);
    if (node.type === "JSXAttribute") return this.#jsxAttribute(node, scope);
    const children: Expr[] = [];
    for (const value of Object.values(fieldsOf(node))) {
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) children.push(this.read(child, scope));
    }
    return other(children);
  }

  /** `<Chat model="gpt-4o">` names its text as an object's property does. */
  #jsxAttribute(node: Node, scope: Scope): Expr {
    const value = nodeAt(node, "value");
    const key = textAt(node, "name", "name");
    if (value === undefined || key === "") return other([]);
    return { type: "object", entries: [{ key, value: this.read(value, scope), line: this.line(node) }], spreads: [] };
  }

  #fields(node: Node, fields: readonly string[], scope: Scope): Expr[] {
    return fields.flatMap((field) => {
      const child = nodeAt(node, field);
      return child === undefined ? [] : [this.read(child, scope)];
    });
  }

  #choice(node: Node, fields: readonly string[], scope: Scope): Expr {
    return { type: "choice", options: this.#fields(node, fields, scope) };
  }

  #templateParts(node: Node, scope: Scope, line: number): Expr[] {
    const expressions = listOf(node, "expressions");
    return listOf(node, "quasis").flatMap((quasi, at): Expr[] => {
      const text: Expr = { type: "text", text: cookedText(quasi), line };
      const next = expressions[at];
      return next === undefined ? [text] : [text, this.read(next, scope)];
    });
  }

  /** A tag is a function that is handed the template. */
  #taggedTemplate(node: Node, scope: Scope, line: number): Expr {
    const quasi = nodeAt(node, "quasi");
    const tag = nodeAt(node, "tag");
    if (quasi === undefined || tag === undefined) return other([]);
    const args = [this.read(quasi, scope)];
    return { type: "call", callee: this.read(tag, scope), args, named: [], spreads: [], line };
  }

  #member(node: Node, scope: Scope, line: number): Expr {
    const [object, property] = [nodeAt(node, "object"), nodeAt(node, "property")];
    if (object === undefined || property === undefined) return other([]);
    const of = this.read(object, scope);
    if (fieldsOf(node)["computed"] !== true) return { type: "member", of, name: textAt(property, "name"), line };
    const index = this.read(property, scope);
    return index.type === "text" ? { type: "member", of, name: index.text, line } : { type: "element", of, index };
  }

  #call(node: Node, scope: Scope, line: number): Expr {
    const callee = nodeAt(node, "callee");
    const argumentNodes = listOf(node, "arguments");
    if (callee === undefined) return other([]);
    if (callee.type === "Identifier" && textAt(callee, "name") === "require")
      return this.#importCall(argumentNodes[0], scope, line);
    const spreads = argumentNodes.filter((arg) => arg.type === "SpreadElement");
    const args = argumentNodes.filter((arg) => arg.type !== "SpreadElement");
    return {
      type: "call",
      callee: this.read(callee, scope),
      args: args.map((arg) => this.read(arg, scope)),
      named: [],
      spreads: spreads.flatMap((spread) => this.#fields(spread, ["argument"], scope)),
      line,
    };
  }

  /** `require("openai")` and `await import("openai")`. */
  #importCall(source: Node | undefined, scope: Scope, line: number): Expr {
    if (source === undefined) return other([]);
    const module = packageName(textAt(source, "value"));
    if (module === "") return other([this.read(source, scope)]);
    this.#reader.noteImport(module, [], line);
    return { type: "import", module, name: undefined, line };
  }

  #object(node: Node, scope: Scope): Expr {
    const entries: Entry[] = [];
    const spreads: Expr[] = [];
    for (const property of listOf(node, "properties")) {
      if (property.type === "SpreadElement") {
        spreads.push(...this.#fields(property, ["argument"], scope));
        continue;
      }
      const value = nodeAt(property, "value");
      if (value === undefined) continue;
      entries.push({ key: keyOf(property) ?? "", value: this.read(value, scope), line: this.line(property) });
    }
    return { type: "object", entries, spreads };
  }

  #assignment(node: Node, scope: Scope, line: number): Expr {
    const [target, value] = this.#fields(node, ["left", "right"], scope);
    if (target === undefined || value === undefined) return other([]);
    this.#reader.noteAssignment(target, value, scope);
    return { type: "assign", target, value, line };
  }

  #function(node: Node, scope: Scope, line: number): Expr {
    const own = newScope("function", scope);
    for (const param of listOf(node, "params")) this.#param(param, own);
    const body = nodeAt(node, "body");
    if (body?.type === "BlockStatement") this.#reader.functionBody(body, own);
    else if (body !== undefined) own.body.push({ type: "return", value: this.read(body, own) });
    return {
      type: "function",
      name: textAt(node, "id", "name") || undefined,
      scope: own,
      decorators: [],
      line,
    };
  }

  #param(param: Node, own: Scope): void {
    if (param.type === "TSParameterProperty") {
      const parameter = nodeAt(param, "parameter");
      if (parameter === undefined) return;
      this.#param(parameter, own);
      // `constructor(private readonly openai: OpenAI)` also makes a field.
      const name = textAt(parameter, "name") || textAt(parameter, "left", "name");
      const owner = own.parent;
      if (owner?.kind === "class") bind(owner, name, { type: "name", name, line: this.line(param) }, own);
      return;
    }
    const left = param.type === "AssignmentPattern" ? nodeAt(param, "left") : param;
    if (left === undefined) return;
    const right = param.type === "AssignmentPattern" ? nodeAt(param, "right") : undefined;
    const annotation = this.annotationOf(left, own);
    this.bindPattern(
      left,
      {
        type: "param",
        ...(right === undefined ? {} : { default: this.read(right, own) }),
        ...(annotation === undefined ? {} : { annotation }),
      },
      own,
    );
  }

  #class(node: Node, scope: Scope, line: number): Expr {
    const own = newScope("class", scope);
    const superClass = nodeAt(node, "superClass");
    const bases = superClass === undefined ? [] : [this.read(superClass, scope)];
    own.bases = bases;
    const expr: ClassExpr = {
      type: "class",
      name: textAt(node, "id", "name") || undefined,
      scope: own,
      bases,
      decorators: listOf(node, "decorators").flatMap((decorator) => this.#fields(decorator, ["expression"], scope)),
      line,
    };
    for (const member of listOf(nodeAt(node, "body") ?? node, "body")) this.#classMember(member, own);
    return expr;
  }

  #classMember(member: Node, own: Scope): void {
    const key = keyOf(member);
    const value = nodeAt(member, "value");
    const line = this.line(member);
    const annotation = this.annotationOf(member, own);
    if (key !== undefined && annotation !== undefined) bind(own, key, { type: "param", annotation });
    if (value === undefined) {
      if (member.type === "StaticBlock") this.#reader.functionBody(member, own);
      return;
    }
    const decorators = listOf(member, "decorators").flatMap((decorator) =>
      this.#fields(decorator, ["expression"], own),
    );
    const read = this.read(value, own);
    const expr: Expr = read.type === "function" ? { ...read, name: key, decorators } : read;
    if (key !== undefined) bind(own, key, expr);
    const target: Expr = { type: "name", name: key ?? "", line };
    own.body.push(expr.type === "function" ? expr : { type: "assign", target, value: expr, line });
  }
}

/** The name of a property or class member; undefined where it is computed. */
function keyOf(property: Node): string | undefined {
  const key = nodeAt(property, "key");
  if (key === undefined) return undefined;
  const text = textAt(key, "value");
  if (fieldsOf(property)["computed"] === true && text === "") return undefined;
  return textAt(key, "name") || text || undefined;
}

function cookedText(quasi: Node): string {
  const value = fieldsOf(quasi)["value"];
  if (typeof value === "object" && value !== null && "cooked" in value && typeof value.cooked === "string")
    return value.cooked;
  return HOLE;
}
