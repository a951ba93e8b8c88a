/** Tells a prompt by the names under which a text stands, by who speaks it, and by how it speaks. */
import type { PromptFact } from "./fact-types.ts";
import { ENVIRONMENT_READER } from "./evaluate.ts";
import { HOLE, type Entry, type Expr } from "./ir.ts";

/** A prompt is a sentence or more; shorter texts are labels. */
const LONG_TEXT_CHARS = 40;

/** What is said to a model as its system may be shorter, and is no single word. */
const SYSTEM_TEXT_CHARS = 12;

const PROMPT_NAME =
  /(?:prompt|instruction|system_?(?:chat_?)?(?:message|msg|content|context|template)|persona)s?(?:_?(?:template|tmpl|text|str|string|prefix|suffix|header|base|v?\d+)){0,2}$/i;

/** The same as constants begin with it: `PROMPT_OF_CLERK`, `SYSTEM_PROMPT_SHORT`. */
const PROMPT_CONSTANT = /^(?:[A-Z]+_)*PROMPTS?_[A-Z0-9_]+$/;

/** One of several prompts for the same: `REPORT_PROMPT_O1`, `PROMPT_EN`, `promptForSummary`; only a long text is one. */
const VARIANT =
  /(?:^|_)PROMPT(?:_[A-Z0-9]{1,12}){1,2}$|^SYSTEM_MESSAGE(?:_[A-Z0-9]+){1,3}$|^(?:build|create|get|make)?_?prompt_?(?:for|to|with)_?[A-Za-z]\w*$/i;

/** The names for what the system's role says. */
const SAID_BY_SYSTEM: readonly string[] = ["role", "system"];

/** The names for what is said in the place of a person: a prompt where it is a template of some length. */
const SAID_AS_USER: readonly string[] = ["role", "user"];
const USER_TEXT_CHARS = 120;

/** Calls that make one message of a role and what it says. */
const MESSAGE_CALL = /(?:Message|Msg)(?:Param|Dict)?$/;
const USER_CALL = /^(?:HumanMessage|UserMessage|from_user|fromUser)$/;

/** Calls that hand a text to a model, whatever the client. */
const ASKING_CALL =
  /^(?:a?invoke|a?predict|generate_content(?:_async)?|generateContent|send_message(?:_async)?|a?complete)$/;

/** Calls that do so where what is called is a model: `llm.call(…)`, `this.model.generate(…)`. */
const ASKING_OF_MODEL = /^(?:a?call|ask|chat|a?generate|prompt|query|run|send)$/;
const MODEL_NAME = /^[_#]?(?:llm|chat_?(?:llm|model)|language_?model|model|openai|claude|gemini)$/i;

/** Tables whose every text is a prompt: `PROMPTS.triage`, `PROMPT_DICT["with_input"]`. */
const PROMPT_TABLE = /(?:prompts|prompt_?(?:dict|map|table|templates|library))$/i;

/** Calls whose argument is what a model is told as its system. */
const SYSTEM_CALL = /^(?:SystemMessage|SystemMessagePromptTemplate|from_system|fromSystem)$/;

/** Calls that make a prompt of their arguments: rules name the prompt by what the result is given to. */
const PROMPT_CALL = /Prompt(?:Template|Builder)?$|^from_?(?:messages|template|string_?template)s?$/i;

/** A text that tells a model who it is. The nouns keep apart what an interface tells a person: `You are not signed in`. */
const PERSONA =
  /^\s*(?:#{1,3} ?[^\n]{1,60}\n\s*|# ?\w+\W{1,3})?\W{0,4}(?:I want you to act as\b|(?:You are|You're|Act as|As an? (?:AI|expert))\b[^.\n]{0,140}\b(?:AI|agent|adviser|advisor|analyst|architect|assistant|bot|chatbot|checker|character|classifier|coach|companion|consultant|copilot|copywriter|critic|curator|designer|developer|editor|engine|engineer|evaluator|expert|extractor|grader|guard|instructor|interviewer|journalist|judge|lawyer|linguist|LLM|language model|marketer|mentor|moderator|narrator|parser|planner|professional|programmer|recruiter|representative|researcher|reviewer|router|scientist|specialist|storyteller|strategist|summari[sz]er|supervisor|teacher|therapist|translator|tutor|writer)s?\b)/i;
const PERSONA_CHARS = 60;

/** A text that begins with who somebody is or what they are to do: a prompt where a program works with models. */
const TOLD = /^\s*\W{0,4}(?:(?:You are|You're|Imagine (?:that )?you are)\b|Your (?:task|job|role|goal) is to\b)/i;
const TOLD_CHARS = 100;

/** What an interface tells the person who uses it. */
const TOLD_TO_USER =
  /^\W*(?:You are|You're)\b[^.\n]{0,60}\b(?:able|about to|accounts?|admin|allowed|already|attempting|currently|eligible|enrolled|going to|invited|logged|members?|missing|not|now|offline|online|only|owner|permi\w+|ready|responsible for|running|seeing|signed|subscri\w+|trying|using|viewing|welcome)\b/i;

/** How texts are laid out on which models were trained to follow instructions. */
const LAID_OUT = /^\s*Below is an instruction\b|^#{2,3} ?(?:Instruction|Response):/im;
const LAID_OUT_NAME = /template|format|alpaca/i;

/** What belongs to the definition of an agent or tool, which is a finding by itself. */
const OF_ITS_AGENT = /^(?:backstory|goal|role|description)$/i;

/** What an agent is told, where it is made. */
const OF_AGENT = /^(?:instructions?|system_?prompt|system_?message|prompt)$/i;
const AGENT_CALL = /^(?:[A-Z]\w*)?Agent$|^create_(?:\w+_)?agent$|^create\w*Agent$/;

/** What people are offered to send: it is theirs once they do. */
const OFFERED = /(?:example|sample|starter|suggestion)s?$/i;

/** What a person is told to do: `exit_instruction`, `installInstructions`. */
const TOLD_TO_PEOPLE = /^_?(?:build|deploy|exit|help|install|installation|login|quit|setup|usage)_?instructions?$/i;

/** Questions of a command line, whose instruction tells a person which keys to press. */
const QUESTION_CALL =
  /^(?:autocomplete|checkbox|confirm|fuzzy|input|multiselect|number|password|path|rawselect|select|text)$/;

/** What is called a prompt and nothing else, and how long a text is that no person is asked. */
const TITLE = /prompt(?:_?(?:template|text|str|string))?$/i;

/** A constant of instructions, which tell a model what to do where they speak of its user or its answer. */
const INSTRUCTS = /^[A-Z][A-Z0-9_]*(?:INSTRUCTIONS?|PREAMBLE)$/;
const OF_ANSWER = /\b(?:the user|respond|reply|answer|return only|output only)\b/i;
const TITLED_CHARS = 160;

/** What is called the system's prompt speaks to a model, whatever the file imports. */
const SYSTEM_TITLE = /system_?(?:chat_?)?(?:prompt|message|instruction)s?(?:_?(?:template|text))?$/i;

/** What is not said to a model where prompts are kept: what describes them, and what people are told. */
const ABOUT =
  /^(?:about|answer|doc|example|name|notes?|output|reply|response|result|summary|text)$|(?:desc(?:ription)?|error|help|label|message|title|usage)s?$/i;

/** What such a text begins with where it is as short as `You are a helpful assistant.` */
const TELLS_WHO = /^\s*(?:You are|You're|Act as) (?:an?|the) /i;

/** Where prose begins later, it is no prompt. */
const PROSE_CHARS = 1000;

/** Prose, and not a list of names or a pattern. */
const PROSE = /(?:[A-Za-z'’]+[,.:;!?)]*\s+){6}|[\u3040-\u9fff]{10}/;

/**
 * The prompt that a text is, under the names it was given from the outside in; undefined for any other text. Where a file
 * holds prompts, every longer text with a name is one.
 */
export function promptOf(
  names: readonly string[],
  text: string,
  line: number,
  isPromptSource = false,
): PromptFact | undefined {
  const name = names.at(-1) ?? "system";
  if (!/\s/.test(text) || OF_ITS_AGENT.test(name)) return undefined;
  if (TOLD_TO_PEOPLE.test(name) && !PERSONA.test(text)) return undefined;
  if (/^instructions?$/.test(name) && QUESTION_CALL.test(names.at(-2) ?? "")) return undefined;
  const isSystem = name === "system" && names.length > 0;
  const isSaid = isSystem && names.at(-2) === SAID_BY_SYSTEM[0];
  const isLong = text.length >= TITLED_CHARS;
  const spoken =
    (text.length >= PERSONA_CHARS && (isSaid || PERSONA.test(text))) || (isLong && SYSTEM_TITLE.test(name));
  const isVariant = isLong && VARIANT.test(name) && !ABOUT.test(name) && PROSE.test(text.slice(0, PROSE_CHARS));
  const instructs = isLong && INSTRUCTS.test(name) && OF_ANSWER.test(text);
  const isTitled = isLong
    ? isVariant || instructs || TITLE.test(name)
    : text.length >= LONG_TEXT_CHARS && SYSTEM_TITLE.test(name);
  const isTold = text.length >= TOLD_CHARS && TOLD.test(text) && !TOLD_TO_USER.test(text);
  const prompt = { name, text, line, spoken, titled: isTitled || isTold };
  if (spoken) return prompt;
  if (isTold && !isTitled && !isNamed(names) && !names.some((one) => OFFERED.test(one)))
    return { ...prompt, begins: true };
  if (name === SAID_AS_USER[1] && names.at(-2) === SAID_AS_USER[0])
    return isAskedOfModel(text) ? { ...prompt, titled: true } : undefined;
  const isAgents = (SYSTEM_TITLE.test(name) && TELLS_WHO.test(text)) || (OF_AGENT.test(name) && PERSONA.test(text));
  if (isSystem || isAgents || (OF_AGENT.test(name) && AGENT_CALL.test(names.at(-2) ?? "")))
    return text.length >= SYSTEM_TEXT_CHARS ? prompt : undefined;
  if (text.length < LONG_TEXT_CHARS || names.some((one) => OFFERED.test(one))) return undefined;
  if (isNamed(names) || isVariant || instructs) return prompt;
  if (LAID_OUT.test(text) && LAID_OUT_NAME.test(name)) return prompt;
  const isKept =
    isPromptSource && isLong && names.length > 0 && !ABOUT.test(name) && PROSE.test(text.slice(0, PROSE_CHARS));
  return isKept ? { ...prompt, plain: true } : undefined;
}

function isNamed(names: readonly string[]): boolean {
  const name = names.at(-1) ?? "";
  return PROMPT_NAME.test(name) || PROMPT_CONSTANT.test(name) || isPromptTable(names.at(-2) ?? "");
}

/** True for what holds nothing but prompts: a table, or a class. */
export function isPromptTable(name: string): boolean {
  return PROMPT_TABLE.test(name);
}

/** True for instructions into which a program puts what they are about; a question alone is an example of one. */
function isAskedOfModel(text: string): boolean {
  return text.includes(HOLE) && text.replaceAll(HOLE, "").trim().length >= USER_TEXT_CHARS && PROSE.test(text);
}

/**
 * Leaves out what the model is told as its system where that text has a name of its own; and what only the file's name
 * takes for a prompt, where it is a part of another one: by its text, or because the file also says who the model is, to
 * which the sections of a longer prompt belong.
 */
export function withoutParts(all: readonly PromptFact[]): readonly PromptFact[] {
  const named = new Set(all.flatMap(({ name, line }) => (name === "system" ? [] : line)));
  const prompts = withoutSections(all.filter(({ name, line }) => name !== "system" || !named.has(line)));
  return prompts.filter((prompt) => prompt.begins !== true || !isPart(prompt, prompts));
}

function withoutSections(prompts: readonly PromptFact[]): readonly PromptFact[] {
  if (!prompts.some(({ plain }) => plain === true)) return prompts;
  if (prompts.some(({ spoken }) => spoken)) return prompts.filter(({ plain }) => plain !== true);
  return prompts.filter((prompt) => prompt.plain !== true || !isPart(prompt, prompts));
}

function isPart({ text }: PromptFact, prompts: readonly PromptFact[]): boolean {
  return prompts.some((other) => other.text.length > text.length && other.text.includes(text));
}

/** Of a prompt that is made of others, how much more it must say to be one of its own. */
const OWN_CHARS = 120;

/** True for a prompt that only repeats texts which are written down already. */
export function repeats({ text }: PromptFact, known: ReadonlySet<string>): boolean {
  const parts = [...known].filter((part) => text.includes(part));
  if (parts.length === 0) return false;
  const own = parts.reduce((rest, part) => rest.replaceAll(part, ""), text).replaceAll(HOLE, "");
  return own.length < OWN_CHARS;
}

/** The names for what a message says, by its role: `{ role: "system", content: "…" }`; of its parts those of the message. */
export function speakerNames(
  entries: readonly Entry[],
  key: string,
  names: readonly string[] = [],
): readonly string[] | undefined {
  if (!/^(?:content|parts|text)$/.test(key)) return undefined;
  if (key === "text" && (names === SAID_BY_SYSTEM || names === SAID_AS_USER)) return names;
  const given = (key: string): Expr | undefined => entries.find((entry) => entry.key === key)?.value;
  // A line of a chat as people see it has an identity or a time.
  if (entries.some((entry) => /^(?:id|createdAt|timestamp)$/.test(entry.key))) return undefined;
  if (isSystemRole(given("role"))) return SAID_BY_SYSTEM;
  if (isRole(given("role"), /^(?:user|human)$/i)) return SAID_AS_USER;
  // LangChain's messages have a type; so have the events and lines of a chat that tell people something.
  return key === "content" && isSystemRole(given("type")) ? [SAID_BY_SYSTEM[1] as string] : undefined;
}

/** True for the parts of a message that is said by the system's role, whatever it says. */
export function isSystemMessage(entries: readonly Entry[]): boolean {
  return (
    isSystemRole(entries.find((entry) => entry.key === "role")?.value) && entries.some(({ key }) => key === "content")
  );
}

/** What holds a client of models: `self.llm`, `llm_client`, `chatModel`. */
const MODEL_HOLDER = /^[_#]?(?:llm|chat_?(?:llm|model)|language_?model)(?:_?client)?$/i;

/** True for a request that gives a model its prompt: `{ model, prompt }`, `llm.generate(…)`. */
export function asksModel(entries: readonly Entry[], callee: readonly string[]): boolean {
  const has = (name: RegExp): boolean => entries.some(({ key }) => name.test(key));
  return (has(/^model(?:_?(?:name|id))?$/i) && has(/^(?:prompt|messages)$/)) || MODEL_HOLDER.test(callee.at(-2) ?? "");
}

function isSystemRole(role: Expr | undefined): boolean {
  return isRole(role, /^(?:system|developer)$/i);
}

/** A role by its text, or as the member of an enumeration of roles: `MessageRole.SYSTEM`. */
function isRole(role: Expr | undefined, pattern: RegExp): boolean {
  if (role?.type === "text") return pattern.test(role.text) && role.text === role.text.toLowerCase();
  if (role?.type !== "member") return false;
  if (role.name === "value") return isRole(role.of, pattern);
  const holder = role.of.type === "name" ? role.of.name : role.of.type === "member" ? role.of.name : "";
  return /role/i.test(holder) && pattern.test(role.name);
}

/** The names for what a call says that makes a message of its arguments: `ChatMessage(role="system", content="…")`. */
export function messageNames(call: string, named: readonly Entry[], key: string): readonly string[] | undefined {
  if (USER_CALL.test(call)) return key === "content" ? SAID_AS_USER : undefined;
  return MESSAGE_CALL.test(call) ? speakerNames(named, key) : undefined;
}

/** The names for a positional argument: an object's entries are named by the call, a handed-on text by its variable. */
export function argumentNames(
  arg: Expr,
  callee: readonly string[],
  names: readonly string[],
  within: readonly string[],
): readonly string[] {
  const call = callee.at(-1) ?? "";
  if (SYSTEM_CALL.test(call)) return ["system"];
  const isText = arg.type === "text" || arg.type === "template";
  const asks = ASKING_CALL.test(call) || (isText && ASKING_OF_MODEL.test(call) && MODEL_NAME.test(callee.at(-2) ?? ""));
  if (USER_CALL.test(call) || (asks && arg.type !== "object")) return SAID_AS_USER;
  if (isDefaulting(call)) return names;
  // A list of tools that is handed over: `register_tools([{ name, description, function }])`.
  if (arg.type === "list" && /tool(?:kit)?s$/i.test(call)) return [call];
  return arg.type === "object" ? within : [];
}

/** True for what a schema is further told, of which the values are as before: `z.enum([…]).optional()`. */
export function isSchemaStep(of: Expr, call: string): boolean {
  if (of.type !== "call" || !/^(?:catch|default|describe|nullable|nullish|optional|parse|safeParse)$/.test(call))
    return false;
  const { callee } = of;
  return callee.type === "member" && (/^(?:enum|literal)$/.test(callee.name) || isSchemaStep(callee.of, callee.name));
}

/** True for a call that makes a prompt of what it is given. */
export function makesPrompt(call: string): boolean {
  return PROMPT_CALL.test(call) && !SYSTEM_CALL.test(call);
}

/** True for a function that serves a prompt, by the last names of what decorates it: `@mcp.prompt()`. */
export function servesPrompt(decorators: readonly (readonly string[])[]): boolean {
  return decorators.some((tail) => tail.length > 1 && tail.at(-1) === "prompt");
}

/** Tags of templates that only lay a text out. */
export function isTextTag(name: string): boolean {
  return /^(?:dedent|endent|outdent|stripIndents?|codeBlock|oneLine(?:Trim)?)$/.test(name);
}

/** Calls through which a name's text is handed: `getenv("MODEL", "gpt-4o")`, `dedent("You are …")`, `useState("gpt-4o")`. */
function isDefaulting(name: string): boolean {
  return (
    ENVIRONMENT_READER.test(name) ||
    isTextTag(name) ||
    /^(?:getenv|get|env|config|default|Field|resolve|cleandoc|useState|useRef|strip|trim|str|freeze|literal|enum)$/.test(
      name,
    )
  );
}
