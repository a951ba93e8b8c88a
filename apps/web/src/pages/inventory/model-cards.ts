/** What the model cards of a bill of materials say, as label and text. */

export interface ModelCard {
  readonly name: string;
  readonly facts: readonly { readonly label: string; readonly text: string }[];
}

/** The cards of all models in a CycloneDX document that say something, whatever tool wrote it. */
export function cardsOf(document: unknown): ModelCard[] {
  if (Array.isArray(document)) return document.flatMap(cardsOf);
  if (!isObject(document)) return [];
  const { name, type, modelCard, components, metadata } = document;
  const facts = type === "machine-learning-model" ? factsOf(modelCard) : [];
  return [
    ...(facts.length === 0 ? [] : [{ name: String(name), facts }]),
    ...cardsOf(isObject(metadata) ? metadata["component"] : undefined),
    ...cardsOf(components),
  ];
}

/** Texts of the same label stand together, as several limitations of a model. */
function factsOf(card: unknown): ModelCard["facts"] {
  const texts = Map.groupBy(leavesOf(card, []), ({ label }) => label);
  return [...texts].map(([label, found]) => ({ label, text: found.map(({ text }) => text).join("; ") }));
}

function leavesOf(value: unknown, path: readonly string[]): { label: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, path));
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, part]) => (key === "bom-ref" ? [] : leavesOf(part, [...path, key])));
  }
  const text = value === null || value === undefined ? "" : String(value).trim();
  return text === "" ? [] : [{ label: labelOf(path), text }];
}

/** The part of the card is left out: `considerations.technicalLimitations` is “Technical limitations”. */
function labelOf(path: readonly string[]): string {
  const words = path
    .slice(path.length > 1 ? 1 : 0)
    .map((key) => key.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))
    .join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
