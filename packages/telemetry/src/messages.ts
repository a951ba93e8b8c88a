/**
 * Messages of a conversation in one form, so that the same conversation has the same digest in every dialect: role,
 * text, and tool calls with their arguments as canonical JSON. Of their content only digests leave this package.
 */
import { canonicalJson, type Json } from "@steward/kernel";

import type { Digest, ToolCall } from "./call.ts";
import type { Value } from "./model.ts";
import { isObject, structured } from "./reading.ts";

export interface Message {
  readonly role: string;
  readonly content: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: Value | undefined }[];
  readonly finishReason: string | undefined;
}

/** Messages as a list of objects, in the form of OpenAI's API or of the semantic conventions' parts. */
export function messagesOf(value: Value | undefined, role: string): Message[] {
  const list = structured(value);
  return Array.isArray(list) ? list.filter(isObject).map((message) => messageOf(message, role)) : [];
}

/** @param role where the message does not say who speaks. */
export function messageOf(message: { readonly [key: string]: Value }, role: string): Message {
  const parts = asObjects(message["parts"]);
  const calls = [
    ...asObjects(message["tool_calls"]).map((call) => (isObject(call["function"]) ? call["function"] : call)),
    ...parts.filter(({ type }) => type === "tool_call"),
  ];
  const said = message["role"];
  return {
    role: typeof said === "string" && said !== "" ? said : role,
    content: textOf(message["content"]) + parts.map(partText).join(""),
    toolCalls: calls.flatMap(({ name, arguments: given }) =>
      typeof name === "string" && name !== "" ? [{ name, arguments: structured(given) }] : [],
    ),
    finishReason: typeof message["finish_reason"] === "string" ? message["finish_reason"] : undefined,
  };
}

function asObjects(value: Value | undefined) {
  const list = structured(value);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function textOf(content: Value | undefined): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.filter(isObject).map(partText).join("") : "";
}

function partText({ type, text, content, response, result }: { readonly [key: string]: Value }): string {
  if (type === "tool_call") return "";
  for (const value of [text, content, response, result]) {
    if (typeof value === "string") return value;
  }
  return "";
}

/** What is kept of a message. */
export interface MessageFacts {
  /** Of role, content and tool calls as canonical JSON; null where its content was left out. */
  readonly digest: string | null;
  readonly tools: readonly ToolCall[];
  readonly finishReason: string | null;
}

export function factsOfMessage({ role, content, toolCalls, finishReason }: Message, digest: Digest): MessageFacts {
  const told = content !== "" || toolCalls.some((call) => call.arguments !== undefined);
  const calls = toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given ?? null }));
  return {
    digest: told ? digestOfValue({ role, content, ...(calls.length > 0 ? { toolCalls: calls } : {}) }, digest) : null,
    tools: toolCalls.map(({ name, arguments: given }) => ({
      name,
      ...(given === undefined ? {} : { argumentHash: digestOfValue(given, digest) }),
    })),
    finishReason: finishReason ?? null,
  };
}

/** Of the list of the messages' digests. Undefined where no content was told. */
export function digestOf(messages: readonly MessageFacts[], digest: Digest): string | undefined {
  return messages.some((message) => message.digest !== null)
    ? digestOfValue(
        messages.map((message) => message.digest),
        digest,
      )
    : undefined;
}

export function digestOfValue(value: Value, digest: Digest): string {
  return digest(canonicalJson(wellFormed(value) as Json));
}

/** Canonical JSON knows no half of a surrogate pair and no number that is none. */
function wellFormed(value: Value): Value {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value as { [key: string]: Value }).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]),
  );
}
