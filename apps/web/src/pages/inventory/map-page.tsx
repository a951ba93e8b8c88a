import { SegmentedControl } from "@mantine/core";
import { type DataColumn, DataTable, EmptyState, ErrorState, LinesSkeleton, Link, PageHeader, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { inventoryMapQuery, PRESENCE_WORDS } from "../../data/inventory.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { mapRoute, type MapView, VIEWS } from "./inventory.routes.ts";
import { MapGraph } from "./map-graph.tsx";
import { sentenceOf, type Standing, supplierRows, type SupplierRow, userRows, type UserRow } from "./map-words.ts";

const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  shadow: "found, belongs to no system",
  ...PRESENCE_WORDS,
};

const VIEW_WORDS: Readonly<Record<MapView, string>> = { graph: "Graph", table: "Table", suppliers: "Suppliers" };

/** Three columns of a graph do not fit on a phone; the table says the same. */
function isNarrow(): boolean {
  return window.matchMedia("(max-width: 48em)").matches;
}

/** What there is and what belongs together: as a graph, as a table, and from the side of the suppliers. */
export function MapPage() {
  usePageTitle("Inventory map");
  const { view = isNarrow() ? "table" : "graph" } = mapRoute.useSearch();
  const navigate = mapRoute.useNavigate();
  const map = useQuery(inventoryMapQuery);
  if (map.isError) return <ErrorState problem={problemView(map.error)} onRetry={() => void map.refetch()} />;
  if (map.isPending) return <LinesSkeleton lines={10} />;
  const { systems, shadow } = map.data;
  const isEmpty = systems.length === 0 && shadow.length === 0;
  return (
    <>
      <PageHeader
        title="Inventory map"
        sentence={sentenceOf(map.data)}
        actions={
          <SegmentedControl
            aria-label="View"
            data={VIEWS.map((value) => ({ value, label: VIEW_WORDS[value] }))}
            value={view}
            onChange={(chosen) => void navigate({ search: { view: VIEWS.find((one) => one === chosen) } })}
          />
        }
      />
      {isEmpty ? <Nothing /> : null}
      {!isEmpty && view === "graph" ? <MapGraph map={map.data} /> : null}
      {!isEmpty && view === "table" ? <SystemsTable rows={userRows(map.data)} /> : null}
      {!isEmpty && view === "suppliers" ? (
        <>
          <SuppliersTable rows={supplierRows(userRows(map.data))} />
          <p>
            One supplier under two names? <Link href={paths.register("supplier-aliases")}>Names of suppliers</Link> says
            who is meant.
          </p>
        </>
      ) : null}
    </>
  );
}

/** Of what belongs to no system. */
const SEE_FINDING = "see the finding";

const SYSTEM_COLUMNS: readonly DataColumn<UserRow>[] = [
  { id: "name", header: "System", cell: ({ name }) => name },
  { id: "presence", header: "How it stands", cell: ({ standing }) => STANDING_WORDS[standing] },
  {
    id: "seen",
    header: "Last seen",
    cell: ({ lastSeenAt, standing }) =>
      lastSeenAt ? <Time at={lastSeenAt} /> : standing === "shadow" ? SEE_FINDING : "never",
  },
  {
    id: "suppliers",
    header: "Suppliers",
    cell: ({ suppliers, standing }) => <Names nodes={suppliers} of={standing} />,
  },
  { id: "models", header: "Models", cell: ({ models, standing }) => <Names nodes={models} of={standing} /> },
  {
    id: "code",
    header: "Code",
    cell: ({ sources, standing }) =>
      standing === "shadow" ? SEE_FINDING : sources.length === 0 ? "not scanned" : sources.join(", "),
  },
  { id: "components", header: "Components", cell: ({ components }) => components, align: "end" },
  {
    id: "drift",
    header: "Open drift",
    cell: ({ openDrift }) => (openDrift.count === 0 ? "none" : <Link href={openDrift.href}>{openDrift.count}</Link>),
    align: "end",
  },
];

interface NamesProps {
  nodes: readonly { name: string; declared: boolean }[];
  of: Standing;
}

/** What a register does not name says so; of what no register knows, nothing is declared. */
function Names({ nodes, of }: NamesProps) {
  if (nodes.length === 0) return "none";
  return nodes.map(({ name, declared }) => (declared || of === "shadow" ? name : `${name} (undeclared)`)).join(", ");
}

function SystemsTable({ rows }: { rows: readonly UserRow[] }) {
  return (
    <DataTable
      label="AI systems with what they are made of"
      storageKey="map-systems"
      rows={rows}
      columns={SYSTEM_COLUMNS}
      rowId={({ id }) => id}
      rowHref={({ href }) => href}
      empty={<Nothing />}
    />
  );
}

const SUPPLIER_COLUMNS: readonly DataColumn<SupplierRow>[] = [
  { id: "supplier", header: "Supplier", cell: ({ supplier }) => supplier },
  {
    id: "system",
    header: "Supplies to",
    cell: ({ user }) => <Link href={user.href}>{user.name}</Link>,
  },
  { id: "presence", header: "Which is", cell: ({ user }) => STANDING_WORDS[user.standing] },
  {
    id: "supplies",
    header: "What",
    cell: ({ supplies }) => (supplies.length === 0 ? "its service" : supplies.join(", ")),
  },
  { id: "shown", header: "Shown by", cell: ({ shownBy }) => shownBy },
];

/** Who supplies what to which live system: live ones first. */
function SuppliersTable({ rows }: { rows: readonly SupplierRow[] }) {
  return (
    <DataTable
      label="Suppliers and the systems that they supply"
      storageKey="map-suppliers"
      rows={rows}
      columns={SUPPLIER_COLUMNS}
      rowId={({ supplier, user }) => `${supplier} ${user.id}`}
      empty={
        <EmptyState title="No supplier is known yet">
          Name the supplier of a system or of one of its components, or publish a scan.
        </EmptyState>
      }
    />
  );
}

function Nothing() {
  return (
    <EmptyState
      title="Nothing is registered or found yet"
      action={<Link href={paths.newRecord("systems")}>Register the first AI system</Link>}
      example={{
        label: "Or let a scan propose it, with an API key that may publish the inventory",
        text: `steward scan . --publish --server ${window.location.origin}`,
      }}
    >
      The map shows each AI system with its models and suppliers: as declared, as found in code, as seen in traffic.
    </EmptyState>
  );
}
