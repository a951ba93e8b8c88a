import { Button, Checkbox, Popover, Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import {
  columnVisibilityFeature,
  createColumnHelper,
  type ReactTable,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type KeyboardEvent, type ReactNode, useMemo } from "react";

import { Link } from "./context.tsx";
import styles from "./data-table.module.css";
import { Icon } from "./icons.tsx";
import { nextSort, parseSort } from "./sort.ts";

export interface DataColumn<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** Name that the server sorts by; the column cannot be sorted without one. */
  sortKey?: string | undefined;
  align?: "start" | "end" | undefined;
  /** Not shown until somebody chooses it. */
  hidden?: boolean | undefined;
}

export interface DataTableProps<T> {
  /** What the table holds, for those who cannot see what stands around it. */
  label: string;
  rows: readonly T[];
  /** The first column names the row; it cannot be hidden and carries the link. */
  columns: readonly DataColumn<T>[];
  rowId: (row: T) => string;
  rowHref?: ((row: T) => string | undefined) | undefined;
  /** `name`, or `-name` for the other way round. */
  sort?: string | undefined;
  onSort?: ((sort: string | undefined) => void) | undefined;
  /** Remembers the choice of columns in this browser. */
  storageKey: string;
  loading?: boolean | undefined;
  /** There are more rows behind the last one. */
  more?: { load: () => void; loading: boolean } | undefined;
  /** Number of all rows, where it is known. */
  total?: number | null | undefined;
  /** Stands in the place of the table when there are no rows. */
  empty: ReactNode;
  /** Beside the choice of columns: filters, exports. */
  toolbar?: ReactNode;
}

const features = tableFeatures({ columnVisibilityFeature, rowSortingFeature });
type Table<T> = ReactTable<typeof features, Row<T>>;
/** TanStack's rows are records; this keeps T free of that demand. */
interface Row<T> {
  value: T;
}

const SKELETON_ROWS = 8;

/** A list of rows that each open a page: column choice, sorting by the server, more rows on demand. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, loading = false, storageKey } = props;
  const [visibility, setVisibility] = useLocalStorage<Record<string, boolean>>({
    key: `steward.columns.${storageKey}`,
    defaultValue: Object.fromEntries(columns.map((column) => [column.id, column.hidden !== true])),
    getInitialValueInEffect: false,
  });
  const data = useMemo(() => rows.map((value) => ({ value })), [rows]);
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row<T>>();
    return helper.columns(
      columns.map((column, index) =>
        helper.accessor((row) => row.value, {
          id: column.id,
          header: column.header,
          enableHiding: index > 0,
          enableSorting: column.sortKey !== undefined,
        }),
      ),
    );
  }, [columns]);
  const sorted = parseSort(props.sort);
  const table = useTable({
    features,
    columns: definitions,
    data,
    manualSorting: true,
    getRowId: (row) => props.rowId(row.value),
    state: { columnVisibility: visibility, sorting: sorted ? [sorted] : [] },
    onColumnVisibilityChange: (update) =>
      setVisibility((before) => (typeof update === "function" ? update(before) : update)),
  });

  const isEmpty = !loading && rows.length === 0;
  return (
    <div>
      {isEmpty && props.toolbar === undefined ? null : (
        <div className={styles.toolbar}>
          <div className={styles.tools}>{props.toolbar}</div>
          {isEmpty ? null : <ColumnChoice table={table} columns={columns} />}
        </div>
      )}
      {isEmpty ? props.empty : <Grid table={table} {...props} />}
      <Foot {...props} />
    </div>
  );
}

function ColumnChoice<T>({ table, columns }: { table: Table<T>; columns: readonly DataColumn<T>[] }) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="subtle" size="compact-sm" leftSection={<Icon name="columns" />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <Stack gap={8}>
          {columns.slice(1).map((column) => {
            const known = table.getColumn(column.id);
            return (
              <Checkbox
                key={column.id}
                size="sm"
                label={column.header}
                checked={known?.getIsVisible() ?? false}
                onChange={(event) => known?.toggleVisibility(event.currentTarget.checked)}
              />
            );
          })}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** In a list, j and k step to the next and previous row, as arrows do. */
function stepRows(event: KeyboardEvent<HTMLTableSectionElement>) {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-link]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[at + step];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

function Grid<T>({ table, ...props }: DataTableProps<T> & { table: Table<T> }) {
  const byId = new Map(props.columns.map((column) => [column.id, column]));
  const visible = table.getVisibleLeafColumns();
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={props.label} aria-busy={props.loading}>
        <thead className={styles.head}>
          <tr>
            {visible.map((column) => (
              <HeaderCell key={column.id} column={byId.get(column.id)} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        {/* Keys move the focus between links that are focusable themselves. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody onKeyDown={stepRows}>
          {props.loading && props.rows.length === 0
            ? Array.from({ length: SKELETON_ROWS }, (_, row) => (
                <tr key={row}>
                  {visible.map((column) => (
                    <td key={column.id} className={styles.cell}>
                      <Skeleton height={14} my={3} />
                    </td>
                  ))}
                </tr>
              ))
            : table.getRowModel().rows.map((row) => (
                <tr key={row.id} className={styles.row}>
                  {row.getVisibleCells().map((cell, index) => {
                    const column = byId.get(cell.column.id);
                    const content = column?.cell(row.original.value);
                    const href = index === 0 ? props.rowHref?.(row.original.value) : undefined;
                    return (
                      <td
                        key={cell.id}

                        className={styles.cell}
                        data-align={column?.align}
                        data-label={column?.header}
                      >
                        {href ? (
                          <Link href={href} className={styles.rowLink} data-row-link>
                            {content}
                          </Link>
                        ) : (
                          content
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell<T>({
  column,
  sort,
  onSort,
}: {
  column: DataColumn<T> | undefined;
  sort: string | undefined;
  onSort: ((sort: string | undefined) => void) | undefined;
}) {
  if (!column) return null;
  const { sortKey } = column;
  const sorted = parseSort(sort);
  const direction =
    sortKey !== undefined && sorted?.id === sortKey ? (sorted.desc ? "descending" : "ascending") : "none";
  return (
    <th
      scope="col"
      className={styles.header}
      data-align={column.align}
      aria-sort={direction === "none" ? undefined : direction}
    >
      {sortKey !== undefined && onSort ? (
        <button type="button" className={styles.sort} onClick={() => onSort(nextSort(sort, sortKey))}>
          {column.header}
          {direction === "none" ? null : <Icon name={direction === "ascending" ? "up" : "down"} size={12} />}
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}

function Foot<T>({ rows, total, more, loading }: DataTableProps<T>) {
  if (rows.length === 0) return null;
  const shown = rows.length.toLocaleString("en");
  const all = total === null || total === undefined ? undefined : total.toLocaleString("en");
  const words = all === undefined ? `${shown} shown` : all === shown ? `${shown} in all` : `${shown} of ${all} shown`;
  return (
    <div className={styles.foot}>
      <span>{words}</span>
      {more ? (
        <Button variant="default" size="xs" loading={more.loading} onClick={more.load}>
          Show more
        </Button>
      ) : null}
      <VisuallyHidden component="output">{loading ? "" : words}</VisuallyHidden>
    </div>
  );
}
