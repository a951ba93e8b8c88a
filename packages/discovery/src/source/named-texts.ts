/** What a text means by the name under which it stands: a model, a data set, an image, a permission. */
import { suppliedBy, type FindingList } from "../finding-list.ts";
import { addImage, imageOf } from "../images.ts";
import type { RuleBook } from "../rules/rule-book.ts";
import type { NamedText } from "./fact-types.ts";
import { HUB_DATASET_NAME, HUB_MODEL_NAME, IMAGE_NAME } from "./held-names.ts";
import { namesModel } from "./names.ts";
import { isHubName } from "./select.ts";

/** `works`: the file, or else the repository, works with models. */
export function noteNamedText(
  { names, text, line }: NamedText,
  book: RuleBook,
  found: FindingList,
  works: boolean,
): void {
  const name = names.at(-1) as string;
  for (const rule of book.literalRules(name, text)) found.addTechnology(rule, line, `${rule.id}/literal`, "used");
  const permission = /^(?:not_?)?actions?$/i.test(name) ? book.permission(text) : undefined;
  if (permission !== undefined) found.addTechnology(permission, line, `${permission.id}/permission`, "used");
  const image = IMAGE_NAME.test(name) ? imageOf(book, text) : undefined;
  if (image !== undefined) addImage(found, image, line, "used");
  const model = book.model(text);
  if (HUB_DATASET_NAME.test(name)) {
    if (works && isHubName(text)) found.add("dataset", text, line, "datasets/hub-name", "inferred");
  } else if (model !== undefined && namesModel(names, model)) noteModel(text, line, book, found);
  else if (model === undefined && works && HUB_MODEL_NAME.test(name) && isHubName(text)) {
    // What begins with a supplier is how a gateway names its model.
    if (book.splitPrefix(text).provider !== undefined) return;
    const kind = names.some((one) => /embed/i.test(one)) ? "embedding" : "model";
    found.add(kind, text, line, "models/hub-name", "inferred", suppliedBy("huggingface"));
  }
}

function noteModel(text: string, line: number, book: RuleBook, found: FindingList): void {
  const model = book.model(text);
  if (model === undefined) return;
  const detector = "models/known-name";
  found.add(model.kind, model.name, line, detector, "inferred", suppliedBy(model.maker));
  // `anthropic:claude-…` says who serves it; `anthropic/claude-…` may be a gateway's way to name models.
  const { provider, name: served } = book.splitPrefix(text);
  if (provider !== undefined && /^[\w-]+:/.test(text) && book.model(served) !== undefined)
    found.add("provider", provider.id, line, detector, "inferred");
}
