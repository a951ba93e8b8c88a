/** Sets a template with data as a tagged PDF/UA-1. The same template, data and moment give the same bytes. */
import path from "node:path";

import { NodeCompiler } from "@myriaddreamin/typst-ts-node-compiler";

import { ReportError } from "./error.ts";

const TEMPLATES = path.resolve(import.meta.dirname, "../templates");

/** Where templates find their data; no such file exists. */
const DATA_FILE = path.join(TEMPLATES, "data.json");

/** Layouts of earlier documents that are kept to set the next one faster. */
const CACHED_DOCUMENTS = 4;

let started: NodeCompiler | undefined;

/**
 * @param template name of a file in templates/, without its extension
 * @param data what the template reads as /data.json
 * @param at seconds since 1970 that the document bears as its moment of creation
 * @throws ReportError `template_failed`
 */
export function renderPdf(template: string, data: unknown, at: number): Uint8Array {
  // Starting reads all fonts, so one compiler serves the process; it works synchronously, so nobody shares its data.
  started ??= NodeCompiler.create({ workspace: TEMPLATES });
  const compiler = started;
  compiler.mapShadow(DATA_FILE, Buffer.from(JSON.stringify(data)));
  try {
    const compiled = compiler.compile({ mainFilePath: path.join(TEMPLATES, `${template}.typ`) });
    const document = compiled.result;
    if (document === null) {
      const problems = compiled.takeDiagnostics()?.shortDiagnostics ?? [];
      throw new ReportError("template_failed", `The template ${template} failed: ${JSON.stringify(problems)}`);
    }
    return new Uint8Array(compiler.pdf(document, { pdfStandard: "ua-1", pdfTags: true, creationTimestamp: at }));
  } finally {
    compiler.unmapShadow(DATA_FILE);
    compiler.evictCache(CACHED_DOCUMENTS);
  }
}
