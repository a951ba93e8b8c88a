/** A page that stands alone: no script, no font, no picture from anywhere else. */
import { escapeXml } from "./markup.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #55606f; --line: #cdd4dd; --paper: #fff; --tint: #f3f5f8;
  --pass: #0b7a6f; --fail: #b3381a; --open: #7a5b00; --missed: #b3381a1a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a4afbd; --line: #3b4552; --paper: #14181e;
  --tint: #1e242c; --pass: #45c4b5; --fail: #f08a6c; --open: #e0b94a; --missed: #f08a6c26; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.4rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; } h3 { margin-bottom: .3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0 1.2rem; }
.scroll { overflow-x: auto; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; }
.verdict { border-left: 6px solid var(--soft); background: var(--tint); padding: .8rem 1rem; margin: 1rem 0; font-size: 1.1rem; }
.verdict.pass { border-color: var(--pass); } .verdict.fail { border-color: var(--fail); } .verdict.insufficient { border-color: var(--open); }
.word { font-weight: 650; } .pass .word { color: var(--pass); } .fail .word { color: var(--fail); } .insufficient .word { color: var(--open); }
ul.findings { list-style: none; padding: 0; } ul.findings li { margin: .6rem 0; }
.note, .soft { color: var(--soft); }
svg.plot { width: 100%; max-width: 780px; height: auto; display: block; }
svg text { font-size: 12px; fill: var(--ink); } svg .mark { fill: var(--soft); font-size: 11px; }
svg .axis { stroke: var(--line); } svg .threshold { stroke: var(--fail); stroke-dasharray: 4 3; } svg .missed { fill: var(--missed); }
svg .interval { stroke: var(--ink); stroke-width: 2; } svg .dot { fill: var(--ink); } svg .thin { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem 0; }
@media print { body { max-width: none; margin: 0; } h2, h3 { break-after: avoid; } svg, table { break-inside: avoid; } details > * { display: block; } }
`;

export function page(title: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style></head>`,
    "<body>",
    ...body,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A table; columns after the first are set as numbers where `numeric` says so. */
export function htmlTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: (column: number) => boolean = (column) => column > 0,
): string {
  const attribute = (column: number): string => (numeric(column) ? ' class="number"' : "");
  const head = header.map((text, i) => `<th scope="col"${attribute(i)}>${escapeXml(text)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = row.map((text, i) =>
      i === 0 ? `<th scope="row">${escapeXml(text)}</th>` : `<td${attribute(i)}>${escapeXml(text)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table><caption>${escapeXml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

export function paragraph(text: string, style?: string): string {
  return `<p${style === undefined ? "" : ` class="${style}"`}>${escapeXml(text)}</p>`;
}
