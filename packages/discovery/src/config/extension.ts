/** What an extension of an editor offers to be set, in its package.json: which model, where it answers, what it is told. */
import { notePrompt } from "./prompts.ts";
import { noteSetting, type Signals } from "./signals.ts";
import { entriesOf, itemsOf, readTrees, treeAt, type Tree } from "./tree.ts";

export function readExtensionSettings(signals: Signals, text: string): void {
  if (!text.includes('"contributes"')) return;
  for (const tree of readTrees(text)) {
    const configuration = treeAt(tree, "contributes", "configuration");
    const sections = configuration?.type === "list" ? itemsOf(configuration) : [configuration];
    for (const section of sections)
      for (const { key, value } of entriesOf(treeAt(section, "properties"))) noteOffered(signals, key, value);
  }
}

/** What holds where nothing is set, and what may be chosen instead. */
function noteOffered(signals: Signals, key: string, setting: Tree): void {
  const names = key.split(".");
  const given = treeAt(setting, "default");
  for (const item of [given, ...itemsOf(given), ...itemsOf(treeAt(setting, "enum"))])
    if (item?.type === "scalar") noteSetting(signals, names, item.text, item.line);
  if (given?.type === "scalar") notePrompt(signals, names, given.text, given.line);
}
