/** Slices: the ways in which a table's rows fall into groups, one attribute, two or three at a time. */
import { FairnessError } from "./error.ts";
import type { AttributeValue, CellKey, Table } from "./table.ts";

/** A group by name: the value of each attribute of its slice. */
export type GroupKey = Readonly<Record<string, AttributeValue>>;

export interface SliceGroup {
  readonly key: GroupKey;
  /** Places of the group's cells in its table. */
  readonly places: readonly number[];
}

export interface Slice {
  readonly attributes: readonly string[];
  /** The stratum of the control column within which the groups are compared. */
  readonly control?: GroupKey;
  readonly groups: readonly SliceGroup[];
}

/** Which slices: every combination of up to so many attributes, or exactly these. */
export type SliceSelection = { readonly ways: number } | { readonly attributes: readonly (readonly string[])[] };

/** All pairs of groups are compared, so a slice's cost is the square of its groups. */
export const MAX_GROUPS_PER_SLICE = 1000;

/**
 * Groups a table's cells. Groups are ordered by their values, unknown last, so the result depends on the data alone.
 * @throws FairnessError `bad_option` for an attribute that the table does not have, `bad_table` for too many groups
 */
export function sliceTable(table: Table, selection: SliceSelection): Slice[] {
  const strata = table.control === undefined ? [undefined] : controlValues(table.cells);
  return attributeSets(table.attributes, selection).flatMap((attributes) =>
    strata.map((stratum) => {
      const groups = groupCells(table, attributes, stratum);
      if (groups.length > MAX_GROUPS_PER_SLICE) {
        throw new FairnessError(
          "bad_table",
          `The slice ${attributes.join(" × ")} has ${groups.length} groups; at most ${MAX_GROUPS_PER_SLICE} can be ` +
            "compared with each other. Bin an attribute, leave one out, or take fewer at a time.",
        );
      }
      return stratum === undefined
        ? { attributes, groups }
        : { attributes, control: { [table.control as string]: stratum }, groups };
    }),
  );
}

function attributeSets(attributes: readonly string[], selection: SliceSelection): string[][] {
  if ("attributes" in selection) {
    for (const name of selection.attributes.flat()) {
      if (!attributes.includes(name)) {
        throw new FairnessError("bad_option", `No attribute is named ${name}; there are ${attributes.join(", ")}.`);
      }
    }
    return selection.attributes.map((set) => [...set]);
  }
  const sets: string[][] = [];
  for (let size = 1; size <= Math.min(selection.ways, attributes.length); size++)
    sets.push(...choose(attributes, size));
  return sets;
}

function choose(names: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return names.flatMap((name, index) => choose(names.slice(index + 1), size - 1).map((rest) => [name].concat(rest)));
}

function controlValues(cells: readonly CellKey[]): AttributeValue[] {
  return [...new Set(cells.map((cell) => cell.control ?? null))].sort(compareValues);
}

function groupCells(table: Table, attributes: readonly string[], stratum: AttributeValue | undefined): SliceGroup[] {
  const columns = attributes.map((name) => table.attributes.indexOf(name));
  const groups = new Map<string, { values: AttributeValue[]; places: number[] }>();
  for (const [place, cell] of table.cells.entries()) {
    if (stratum !== undefined && (cell.control ?? null) !== stratum) continue;
    const values = columns.map((column) => cell.key[column] as AttributeValue);
    const id = JSON.stringify(values);
    const group = groups.get(id);
    if (group) group.places.push(place);
    else groups.set(id, { values, places: [place] });
  }
  return [...groups.values()]
    .sort((a, b) => compareKeys(a.values, b.values))
    .map(({ values, places }) => ({
      key: Object.fromEntries(attributes.map((name, i) => [name, values[i] as AttributeValue])),
      places,
    }));
}

function compareKeys(a: readonly AttributeValue[], b: readonly AttributeValue[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareValues(a[i] as AttributeValue, b[i] as AttributeValue);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers and bins of numbers by their size, then words, then the unknown. */
function compareValues(a: AttributeValue, b: AttributeValue): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const [x, y] = [startOf(a), startOf(b)];
  return x - y || (a < b ? -1 : 1);
}

const NUMBER_OR_BIN = /^(under |bin )?(-?\d+(?:\.\d+)?)(?: to under -?[\d.]+| or over)?$/;

/** Where a number or a bin begins, as bins are named: “under 30”, “30 to under 45”, “45 or over”. */
function startOf(value: string): number {
  const [, before, number] = NUMBER_OR_BIN.exec(value) ?? [];
  if (number === undefined) return Number.MAX_VALUE;
  return before === "under " ? -Number.MAX_VALUE : Number(number);
}

/** A group's name as people read it: "Black, Female"; unknown values are called so. */
export function groupName(key: GroupKey, attributes: readonly string[] = Object.keys(key)): string {
  return attributes.map((name) => key[name] ?? "(unknown)").join(", ");
}
