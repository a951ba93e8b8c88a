/** Where the nodes and edges of the map stand: three columns, systems in the middle. */
import type { InventoryMap, MapSystem } from "@steward/client";

import { PRESENCE_WORDS } from "../../data/inventory.ts";
import { foldModels } from "./map-fold.ts";
import { userOf } from "./map-words.ts";

export const NODE_WIDTH = 250;
export const NODE_HEIGHT = 32;
const ROW = 44;
const COLUMN = 370;
const TOP = 32;

interface Node {
  key: string;
  label: string;
  title: string;
  x: number;
  y: number;
  presence?: MapSystem["presence"] | "shadow";
  systemId?: string;
  itemId?: string;
}

interface Edge {
  key: string;
  d: string;
  declared: boolean;
  found: boolean;
}

interface Layout {
  nodes: Node[];
  edges: Edge[];
  heads: { x: number; text: string }[];
  width: number;
  height: number;
}

export function layoutOf({ systems, shadow }: InventoryMap): Layout {
  const users = foldModels([...systems, ...shadow.map(userOf)]);
  const suppliers = names(users.flatMap((user) => user.suppliers));
  const models = names(users.flatMap((user) => user.models));
  const middle: Node[] = [
    ...systems.map((system, index) => ({
      key: system.id,
      label: system.name,
      title: `${system.name}, ${PRESENCE_WORDS[system.presence]}`,
      ...place(1, index),
      presence: system.presence,
      systemId: system.id,
    })),
    ...shadow.map((item, index) => ({
      key: item.itemId,
      label: item.name,
      title: `${item.name}, shadow${item.uses.length === 0 ? "" : `: uses ${item.uses.join(", ")}`}`,
      ...place(1, systems.length + index),
      presence: "shadow" as const,
      itemId: item.itemId,
    })),
  ];
  const left = suppliers.map((name, index) => ({ key: `s ${name}`, label: name, title: name, ...place(0, index) }));
  const titles = new Map(users.flatMap((user) => user.models.map(({ name, title }) => [name, title])));
  const right = models.map((name, index) => ({
    key: `m ${name}`,
    label: name,
    title: titles.get(name) ?? name,
    ...place(2, index),
  }));
  const at = new Map([...left, ...middle, ...right].map((node) => [node.key, node]));
  const edges = users.flatMap((user) => [
    ...user.suppliers.flatMap((one) => edge(at.get(`s ${keyOf(suppliers, one.name)}`), at.get(user.id), one)),
    ...user.models.flatMap((one) => edge(at.get(user.id), at.get(`m ${keyOf(models, one.name)}`), one)),
  ]);
  const rows = Math.max(left.length, middle.length, right.length);
  return {
    nodes: [...left, ...middle, ...right],
    edges,
    heads: ["Suppliers", "Systems", "Models"].map((text, column) => ({ x: column * COLUMN + 2, text })),
    width: 2 * COLUMN + NODE_WIDTH + 4,
    height: TOP + rows * ROW,
  };
}

function place(column: number, row: number) {
  return { x: column * COLUMN + 2, y: TOP + row * ROW };
}

/** Each name once, whatever its case. */
function names(nodes: readonly { name: string }[]): string[] {
  const byKey = new Map(nodes.toReversed().map(({ name }) => [name.toLowerCase(), name]));
  return [...byKey.values()].toSorted((a, b) => a.localeCompare(b));
}

function keyOf(all: readonly string[], name: string): string {
  return all.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
}

function edge(
  from: Node | undefined,
  to: Node | undefined,
  flags: { name: string; declared: boolean; found: boolean },
) {
  if (from === undefined || to === undefined) return [];
  const [x1, y1, x2, y2] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2, to.x, to.y + NODE_HEIGHT / 2];
  const bend = (x1 + x2) / 2;
  return [
    {
      key: `${from.key} ${to.key}`,
      d: `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`,
      declared: flags.declared,
      found: flags.found,
    },
  ];
}
