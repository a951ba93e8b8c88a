/** Servers of tools (Model Context Protocol) that a configuration starts or reaches, beside files of their own. */
import type { Signals } from "./signals.ts";
import { entriesOf, itemsOf, scalarsOf, treeAt, treeText, type Tree } from "./tree.ts";

const SERVERS_KEY = /^mcp_?-?servers$/i;

/** A program or package that by its name serves tools: `@modelcontextprotocol/server-files`, `mcp-server-git`. */
const SERVES_TOOLS = /(?:^|[/@_-])mcp(?:$|[/@:_-])|modelcontextprotocol/;

/** Servers under the key that all tools have for them, by name or in a list; and what is started by a server's name. */
export function noteToolServers(signals: Signals, map: Tree): void {
  for (const { key, value } of entriesOf(map)) {
    if (SERVERS_KEY.test(key)) {
      for (const server of entriesOf(value))
        if (isServer(server.value)) signals.found.add("tool", server.key, server.line, "mcp/server", "declared");
      for (const server of itemsOf(value)) if (isServer(server)) noteNamed(signals, server);
    } else if (key === "servers") {
      for (const server of itemsOf(value)) if (servesTools(server)) noteNamed(signals, server);
    }
  }
}

function isServer(tree: Tree): boolean {
  return ["command", "url", "httpUrl", "serverUrl"].some((key) => treeText(tree, key) !== undefined);
}

function servesTools(tree: Tree): boolean {
  return (
    treeText(tree, "command") !== undefined &&
    scalarsOf(treeAt(tree, "args")).some(({ text }) => SERVES_TOOLS.test(text))
  );
}

function noteNamed(signals: Signals, server: Tree): void {
  const name = treeAt(server, "name");
  if (name?.type === "scalar" && name.text !== "")
    signals.found.add("tool", name.text, name.line, "mcp/server", "declared");
}
