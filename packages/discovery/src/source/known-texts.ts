/** Texts that mean something wherever they stand. */
import { AZURE_ADDRESS, AZURE_DEPLOYMENT } from "./held-names.ts";
import type { NamedText, UrlFact } from "./fact-types.ts";

const ENABLES_VECTORS = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?vector"?(?![\w-])/i;
/** How a rule knows it. */
const VECTORS_ENABLED = "enables-vectors";

export function noteKnownText(text: string, line: number, notable: NamedText[], urls: UrlFact[]): void {
  // A database that stores vectors is told so by its own language.
  if (ENABLES_VECTORS.test(text)) notable.push({ names: ["sql"], text: VECTORS_ENABLED, line });
  if (AZURE_DEPLOYMENT.test(text)) urls.push({ url: AZURE_ADDRESS, line, requested: false });
}
