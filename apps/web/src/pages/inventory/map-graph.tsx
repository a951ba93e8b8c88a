import type { InventoryMap } from "@steward/client";
import { Panel } from "@steward/ui";

import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import styles from "./inventory.module.css";
import { layoutOf, NODE_HEIGHT, NODE_WIDTH } from "./map-layout.ts";

/** Characters that fit into a node; the title holds the rest. */
const LABEL_CHARS = 32;

/** Suppliers, systems and models in three columns; the table beside it says the same in words. */
export function MapGraph({ map }: { map: InventoryMap }) {
  const go = useGo();
  const { nodes, edges, width, height, heads } = layoutOf(map);
  const hrefOf = (node: (typeof nodes)[number]) =>
    node.systemId !== undefined
      ? paths.record("systems", node.systemId)
      : node.itemId === undefined
        ? undefined
        : paths.driftItem(node.itemId);
  return (
    <Panel>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className={styles.scroll} tabIndex={0} aria-label="Graph of the inventory; the table says the same">
        <svg className={styles.graph} width={width} height={height}>
          {heads.map(({ x, text }) => (
            <text key={text} className={styles.head} x={x} y={18}>
              {text}
            </text>
          ))}
          {edges.map(({ key, d, declared, found }) => (
            <path key={key} d={d} data-declared={declared ? "yes" : "no"} data-seen={found ? "yes" : "no"} />
          ))}
          {nodes.map((node) => {
            const href = hrefOf(node);
            const isCut = node.label.length > LABEL_CHARS;
            const shown = isCut ? `${node.label.slice(0, LABEL_CHARS - 1)}…` : node.label;
            const box = (
              <>
                <title>{node.title}</title>
                <rect
                  x={node.x}
                  y={node.y}
                  width={NODE_WIDTH}
                  height={NODE_HEIGHT}
                  rx={6}
                  data-presence={node.presence}
                />
                <text x={node.x + 10} y={node.y + 21}>
                  {shown}
                </text>
              </>
            );
            return href === undefined ? (
              <g key={node.key}>{box}</g>
            ) : (
              <a
                key={node.key}
                href={href}
                aria-label={isCut ? `${shown} (${node.title})` : node.title}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  go(href);
                }}
              >
                {box}
              </a>
            );
          })}
        </svg>
      </section>
      <p className={styles.note}>
        A whole line is declared, a thick one also found in code or traffic, a dashed one found and not declared. A
        thick frame is live, a dashed one silent or not seen yet, a red one shadow or retired but alive.
      </p>
    </Panel>
  );
}
