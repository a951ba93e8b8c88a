/** Walks a parsed file and writes down what the rules can use: calls, named texts, credentials and URLs. */
import { MAX_NESTING } from "../limits.ts";
import { isPromptSource } from "../repo/paths.ts";
import { agentOf, holdsAgents } from "./agent-data.ts";
import { ASKING_CALL, COMPARING_CALL, ENV_CALLS, OPTION_CALLS, REQUEST_CALLS } from "./call-names.ts";
import { Evaluator, tailOf } from "./evaluate.ts";
import { handedTexts, isMeant } from "./handed-texts.ts";
import { BARE_HOST, ENV_OBJECTS, HOST_NAME, URL_ARGUMENT, URL_NAME, VARIABLE_NAME } from "./held-names.ts";
import type { CallExpr, Entry, Expr, Module, Scope } from "./ir.ts";
import type {
  AgentFact,
  CredentialFact,
  Interests,
  NamedText,
  PromptFact,
  SourceFacts,
  ToolFact,
  UrlFact,
} from "./fact-types.ts";
import { joinedText } from "./joined-texts.ts";
import { noteKnownText } from "./known-texts.ts";
import { holdsModels, isAgentClass, isChoiceOfModel, isModelTable, isPredicateName, isPriceList } from "./names.ts";
import {
  argumentNames,
  asksModel,
  isSchemaStep,
  isPromptTable,
  isSystemMessage,
  isTextTag,
  makesPrompt,
  messageNames,
  promptOf,
  servesPrompt,
  speakerNames,
} from "./prompt-names.ts";
import { agentClass, toolClass } from "./tool-classes.ts";
import { toolOf, wrappedTool } from "./tool-definitions.ts";
import { textsOf, textValue, type CallFact, type Reference, type Value } from "./values.ts";

/** An agent of a model by the name of what it extends. */
const MODEL_AGENT = /^(?:Base)?(?:LLM|Llm|AI|Chat|GPT)Agent$/;

const SETTINGS_BASE = /(?:Settings|Config)$/;

export function readFacts(
  file: string,
  language: SourceFacts["language"],
  module: Module,
  interests: Interests,
): SourceFacts {
  return new FactReader(file, language, module, interests).read();
}

class FactReader {
  readonly #evaluator = new Evaluator();
  readonly #calls: CallFact[] = [];
  readonly #notableTexts: NamedText[] = [];
  readonly #prompts: PromptFact[] = [];
  readonly #tools: ToolFact[] = [];
  readonly #agents: AgentFact[] = [];
  readonly #credentials: CredentialFact[] = [];
  readonly #urls: UrlFact[] = [];
  #speaksToModel = false;
  #depth = 0;
  /** How many calls that make a prompt of their arguments the present expression stands in: those are prompts by rule. */
  #inPrompt = 0;
  /** How many functions that answer yes or no the present expression stands in: what they list is compared with. */
  #inPredicate = 0;
  /** What decorates the present definition: it is kept with what it decorates, and not as a call of its own. */
  #decorator: Expr | undefined;

  readonly #holdsPrompts: boolean;

  readonly file: string;
  readonly language: SourceFacts["language"];
  readonly module: Module;
  readonly interests: Interests;

  constructor(file: string, language: SourceFacts["language"], module: Module, interests: Interests) {
    this.file = file;
    this.#holdsPrompts = isPromptSource(file);
    this.language = language;
    this.module = module;
    this.interests = interests;
  }

  read(): SourceFacts {
    this.#visitScope(this.module.scope);
    const exports = new Map<string, Value>();
    for (const [name, expr] of this.module.exports) {
      const value = this.#evaluator.evaluate(expr, this.module.scope);
      if (value.type !== "unknown") exports.set(name, value);
    }
    return {
      file: this.file,
      language: this.language,
      imports: this.module.imports,
      calls: this.#calls,
      notableTexts: this.#notableTexts,
      prompts: this.#prompts,
      tools: this.#tools,
      agents: this.#agents,
      speaksToModel: this.#speaksToModel,
      credentials: this.#credentials,
      urls: this.#urls,
      exports,
      reexports: this.module.reexports,
    };
  }

  /** Visits statements; what a function returns goes by the function's name. */
  #visitScope(scope: Scope, name?: string): void {
    for (const expr of scope.body) this.#visit(expr, scope, expr.type === "return" && name !== undefined ? [name] : []);
  }

  /** Visits an expression; `names` are those under which its value was written. */
  #visit(expr: Expr, scope: Scope, names: readonly string[]): void {
    if (this.#depth > MAX_NESTING) return;
    this.#depth++;
    this.#visitKind(expr, scope, names);
    this.#depth--;
  }

  #visitKind(expr: Expr, scope: Scope, names: readonly string[]): void {
    switch (expr.type) {
      case "text":
        this.#text(expr.text, expr.line, names);
        break;
      case "template":
        this.#template(expr, scope, names);
        break;
      case "member":
        if (ENV_OBJECTS.test(tailOf(expr.of).at(-1) ?? "")) this.#credential(expr.name, expr.line);
        this.#visit(expr.of, scope, []);
        break;
      case "element":
        this.#visit(expr.of, scope, []);
        this.#visit(expr.index, scope, []);
        break;
      case "call":
        this.#call(expr, scope, names);
        break;
      case "object":
        this.#object(expr, scope, names);
        break;
      case "list":
        this.#list(expr.items, scope, names);
        break;
      case "choice":
        for (const option of expr.options) this.#visit(option, scope, names);
        break;
      case "function":
      case "class":
        this.#definition(expr, scope, names);
        break;
      case "return":
        this.#visit(expr.value, scope, names);
        break;
      case "param":
        if (expr.default !== undefined) this.#visit(expr.default, scope, names);
        break;
      case "assign":
        this.#assign(expr, scope);
        break;
      case "other":
        for (const child of expr.children) this.#visit(child, scope, []);
        break;
      default:
        break;
    }
  }

  #object(expr: Extract<Expr, { type: "object" }>, scope: Scope, names: readonly string[]): void {
    this.#tool(expr.entries, names, scope);
    this.#speaksToModel ||= isSystemMessage(expr.entries) || asksModel(expr.entries, []);
    const agent = holdsAgents(names.at(-1), this.file) ? agentOf(expr.entries) : undefined;
    if (agent !== undefined) this.#agents.push({ ...agent, isData: true });
    for (const { name, line } of agent?.tools ?? [])
      this.#tools.push({ name: textValue([name]), line, certain: false, listed: true });
    for (const spread of expr.spreads) this.#visit(spread, scope, names);
    for (const entry of expr.entries) {
      const spoken = speakerNames(expr.entries, entry.key, names);
      // First, so that what is called as its maker is still told by what it stands in.
      const within = isChoiceOfModel(expr.entries, entry) ? ["model", ...names.slice(-1)] : names;
      if (spoken === undefined) this.#entry(entry, scope, within);
      else this.#visit(entry.value, scope, spoken);
    }
  }

  #tool(entries: readonly Entry[], names: readonly string[], scope: Scope): void {
    const tool = toolOf(entries, names);
    if (tool !== undefined) this.#tools.push({ ...tool, name: this.#evaluator.evaluate(tool.name, scope) });
  }

  /**
   * The items of a list are named by it as texts are, but none of them is what the list's name stands for. What a
   * function that answers yes or no lists is compared with, and not used.
   */
  #list(items: readonly Expr[], scope: Scope, names: readonly string[]): void {
    for (const item of items) {
      if (item.type === "call") this.#call(item, scope, []);
      else if (item.type === "text" && this.#inPredicate > 0) this.#visit(item, scope, []);
      else this.#visit(item, scope, names);
    }
  }

  #assign(expr: Extract<Expr, { type: "assign" }>, scope: Scope): void {
    const target = tailOf(expr.target).filter((name) => name !== "self");
    const last = target.at(-1);
    if (expr.target.type !== "name") this.#visit(expr.target, scope, []);
    if (last !== undefined && this.interests.isCredential(last.toUpperCase()) && scope.kind === "class") {
      if (this.#extendsSettings(scope)) this.#credential(last.toUpperCase(), expr.line);
    }
    // `GROQ_API_KEY = getpass()`: a notebook asks for the key by the variable's name.
    const asked = expr.value.type === "call" ? tailOf(expr.value.callee).at(-1) : undefined;
    if (last !== undefined && asked !== undefined && ASKING_CALL.test(asked)) this.#credential(last, expr.line);
    const owner = scope.kind === "class" ? this.#classes.get(scope)?.name : undefined;
    const holder = owner !== undefined && (holdsModels(owner) || isPromptTable(owner)) ? [owner] : [];
    this.#visit(expr.value, scope, [...holder, ...target.slice(-2)]);
    // `openai.api_base = …` configures a module as a constructor's argument configures a client.
    if (expr.target.type === "member") this.#configuration(expr.target, expr.value, expr.line, scope);
  }

  #configuration(target: Extract<Expr, { type: "member" }>, value: Expr, line: number, scope: Scope): void {
    if (target.of.type === "self" || this.#evaluator.evaluate(target.of, scope).type !== "reference") return;
    const callee = this.#evaluator.evaluate(target, scope);
    if (callee.type !== "reference" || !this.#knowsModule(callee)) return;
    this.#calls.push({
      callee,
      tail: tailOf(target),
      args: [this.#evaluator.evaluate(value, scope)],
      named: new Map(),
      line,
      assignedTo: undefined,
      decorates: undefined,
    });
  }

  #extendsSettings(scope: Scope): boolean {
    return this.#classes.get(scope)?.bases.some((name) => SETTINGS_BASE.test(name)) ?? false;
  }

  readonly #classes = new Map<Scope, { readonly name: string | undefined; readonly bases: readonly string[] }>();

  #definition(expr: Extract<Expr, { type: "function" | "class" }>, scope: Scope, names: readonly string[]): void {
    for (const decorator of expr.decorators) {
      if (expr.name !== undefined) this.#decorator = decorator;
      this.#visit(decorator, scope, []);
      if (expr.name !== undefined) this.#keep(this.#evaluator.decorationFact(decorator, scope, expr.name, expr.line));
    }
    if (expr.type === "class") {
      const bases = expr.bases.map((base) => tailOf(base).at(-1) ?? "");
      this.#classes.set(expr.scope, { name: expr.name, bases });
      const read = (value: Expr, at: Scope): Value => this.#evaluator.evaluate(value, at);
      const tool = toolClass(expr, read);
      const agent = agentClass(expr, read);
      if (tool !== undefined) this.#tools.push(tool);
      this.#speaksToModel ||= bases.some((base) => MODEL_AGENT.test(base));
      if (agent !== undefined) this.#agents.push(agent);
      else if (expr.name !== undefined && isAgentClass(expr.name))
        this.#agents.push({ name: expr.name, line: expr.line });
      for (const base of expr.bases) {
        this.#visit(base, scope, []);
        if (expr.name !== undefined) this.#keep(this.#evaluator.decorationFact(base, scope, expr.name, expr.line));
      }
    }
    for (const [name, bindings] of expr.scope.bindings) {
      for (const { value } of bindings) if (value.type === "param") this.#visit(value, expr.scope, [name]);
    }
    const isPredicate = expr.type === "function" && isPredicateName(expr.name ?? names.at(-1) ?? "");
    const isPrompt = servesPrompt(expr.decorators.map(tailOf));
    this.#inPredicate += Number(isPredicate);
    this.#inPrompt += Number(isPrompt);
    this.#visitScope(expr.scope, expr.type === "function" ? (expr.name ?? names.at(-1)) : undefined);
    this.#inPredicate -= Number(isPredicate);
    this.#inPrompt -= Number(isPrompt);
  }

  #call(expr: CallExpr, scope: Scope, names: readonly string[]): void {
    const joined = joinedText(expr);
    if (joined !== undefined) {
      this.#template(joined, scope, names);
      return;
    }
    const name = tailOf(expr.callee).at(-1) ?? "";
    const fact = this.#evaluator.callFact(expr, scope);
    fact.assignedTo ??= names.at(-1);
    if (expr !== this.#decorator) this.#keep(fact);
    this.#envCall(fact, name, expr);
    this.#notableTexts.push(...handedTexts(name, expr, fact));
    this.#request(fact, name);
    if (!COMPARING_CALL.test(name))
      for (const arg of expr.args) if (arg.type === "text") this.#host(arg.text, arg.line);
    // `"…".strip()` is the text still, and `z.enum([…]).optional()` the choice.
    const of = expr.callee.type === "member" ? expr.callee.of : undefined;
    const isStill = of !== undefined && (/^(?:text|template)$/.test(of.type) || isSchemaStep(of, name));
    this.#visit(isStill ? of : expr.callee, scope, isStill ? names : []);
    const option = OPTION_CALLS.has(name) ? textsOf(fact.args[0])[0] : undefined;
    const within = [...names.slice(-1), name];
    this.#tool(expr.named, name === "function" ? [] : [name], scope);
    const wrapped = wrappedTool(name, fact.named, fact.args[0], names);
    if (wrapped !== undefined) this.#tools.push({ name: textValue([wrapped]), line: expr.line, certain: true });
    this.#speaksToModel ||= isSystemMessage(expr.named) || asksModel(expr.named, fact.tail);
    const isPrompt = makesPrompt(name);
    if (isPrompt) this.#inPrompt++;
    // A field of a form, or a parameter of an address: `form.append("model", "whisper-1")`.
    const field = /^(?:append|set)$/.test(name) && expr.args.length > 1 ? textsOf(fact.args[0])[0] : undefined;
    for (const arg of expr.args)
      this.#visit(arg, scope, field === undefined ? argumentNames(arg, fact.tail, names, within) : [field]);
    for (const spread of expr.spreads) this.#visit(spread, scope, []);
    for (const entry of expr.named) {
      const key = entry.key === "default" ? [option ?? names.at(-1) ?? ""] : [...within, entry.key];
      this.#visit(entry.value, scope, messageNames(name, expr.named, entry.key) ?? key);
    }
    if (isPrompt) this.#inPrompt--;
  }

  /** Keeps a call that a rule may know; the rest of a program is not our business. */
  #keep(fact: CallFact): void {
    const { callee } = fact;
    const last = fact.tail.at(-1) ?? "";
    const known = callee.type === "reference" && this.#knowsModule(callee);
    const nameKnown =
      this.interests.knowsCall(last) ||
      (callee.type === "reference" && this.interests.knowsCall(callee.trail.at(-1) ?? callee.module));
    if (known || nameKnown) this.#calls.push(fact);
  }

  /** A module may be a package's by itself, or (`from google import genai`) with the name that is taken from it. */
  #knowsModule({ module, trail }: Reference): boolean {
    if (this.interests.knowsModule(module)) return true;
    return this.language === "python" && trail[0] !== undefined && this.interests.knowsModule(`${module}.${trail[0]}`);
  }

  #envCall(fact: CallFact, name: string, expr: CallExpr): void {
    if (!ENV_CALLS.test(name)) return;
    for (const text of textsOf(fact.args[0])) {
      if (expr.args[0]?.type === "text" || expr.args[0]?.type === "name") this.#credential(text, expr.line);
    }
  }

  #request(fact: CallFact, name: string): void {
    const isRequest = REQUEST_CALLS.has(name);
    if (isRequest) for (const arg of fact.args) this.#requested(arg, fact.line);
    for (const [key, value] of fact.named) {
      if (isRequest || URL_ARGUMENT.test(key)) if (URL_ARGUMENT.test(key)) this.#requested(value, fact.line);
    }
  }

  #requested(value: Value, line: number): void {
    for (const text of textsOf(value)) {
      if (this.interests.isHostUrl(text)) this.#urls.push({ url: text, line, requested: true });
    }
  }

  #entry(entry: Entry, scope: Scope, names: readonly string[]): void {
    // `OPENAI_API_KEY: z.string()`, or a setting, says that the variable is read; `OPENAI_API_KEY: "…"` in a table of names does not.
    if (/^(?:call|member|element|function)$/.test(entry.value.type) && this.interests.isCredential(entry.key))
      this.#credential(entry.key, entry.line);
    const isTable = entry.value.type === "object" || entry.value.type === "call";
    if (isTable && isModelTable(names.at(-1)) && !isPriceList(entry.value))
      this.#text(entry.key, entry.line, ["model"]);
    // What a query asks for by its key alone: `{ $vectorSearch: … }`.
    if (entry.value.type === "object" && this.interests.isNotable(entry.key))
      this.#notableTexts.push({ names: [entry.key], text: entry.key, line: entry.line });
    this.#visit(entry.value, scope, [...names.slice(-2), entry.key]);
  }

  #credential(name: string, line: number): void {
    if (this.interests.isCredential(name)) this.#credentials.push({ name, line, read: true });
  }

  #template(expr: Extract<Expr, { type: "template" }>, scope: Scope, names: readonly string[]): void {
    for (const part of expr.parts) {
      const isTagged = part.type === "call" && isTextTag(tailOf(part.callee).at(-1) ?? "");
      if (part.type !== "text") this.#visit(part, scope, isTagged ? names : []);
    }
    for (const text of textsOf(this.#evaluator.evaluate(expr, scope))) this.#text(text, expr.line, names);
  }

  #text(text: string, line: number, names: readonly string[]): void {
    noteKnownText(text, line, this.#notableTexts, this.#urls);
    const prompt = this.#inPrompt > 0 ? undefined : promptOf(names, text, line, this.#holdsPrompts);
    if (prompt !== undefined) this.#prompts.push(prompt);
    const name = names.at(-1);
    if (name === undefined) return;
    if (HOST_NAME.test(name)) this.#host(text, line);
    if (VARIABLE_NAME.test(name) && this.interests.isCredential(text))
      this.#credentials.push({ name: text, line, read: false });
    if (isMeant(name, text, this.interests)) this.#notableTexts.push({ names, text, line });
    if (URL_NAME.test(name) && this.interests.isHostUrl(text)) this.#urls.push({ url: text, line, requested: false });
  }

  /** A host without a scheme, as requests by host and path take it. */
  #host(text: string, line: number): void {
    const url = `https://${text}`;
    if (BARE_HOST.test(text) && this.interests.isHostUrl(url)) this.#urls.push({ url, line, requested: false });
  }
}
