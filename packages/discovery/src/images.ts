/** Names of container images, wherever they stand. */
import { suppliedBy, type FindingList } from "./finding-list.ts";
import type { Rule } from "./rules/rule.ts";
import type { RuleBook } from "./rules/rule-book.ts";
import type { Confidence } from "./types.ts";

export interface ImageName {
  readonly repository: string;
  readonly tag: string | undefined;
}

/** An image, and the rule that knows it. */
export interface KnownImage extends ImageName {
  readonly rule: Rule;
}

/** The registry of names that tell none: an image is the same with it and without. */
const DEFAULT_REGISTRY = /^(?:index\.)?docker\.io\/(?:library\/)?/;

/** `registry/name:tag@digest` in its parts; undefined where the name is filled in by a template. */
export function readImageName(text: string): ImageName | undefined {
  const match = /^\s*([a-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)*)(?::([\w][\w.-]*))?(?:@sha256:[0-9a-f]+)?\s*$/i.exec(text);
  if (match === null) return undefined;
  return { repository: (match[1] as string).replace(DEFAULT_REGISTRY, ""), tag: match[2] };
}

/** The image of a text, whatever its tag is filled in with; undefined for one that no rule knows. */
export function imageOf(book: RuleBook, text: string): KnownImage | undefined {
  const image = readImageName(text.replace(/(:?)\$\{?[\w.:-]+\}?.*$/, ""));
  const rule = image === undefined ? undefined : book.image(image.repository);
  return image === undefined || rule === undefined ? undefined : { ...image, rule };
}

/** Writes an image down, with what runs in it. */
export function addImage(found: FindingList, image: KnownImage, line: number, confidence: Confidence): void {
  const { rule, repository, tag } = image;
  const detector = `${rule.id}/image`;
  const version = tag === undefined || tag === "latest" ? {} : { version: tag };
  found.add("image", repository, line, detector, confidence, { ...version, ...suppliedBy(rule.provider) });
  found.addTechnology(rule, line, detector, confidence);
}
