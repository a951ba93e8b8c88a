import { Button, Group } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, PageHeader, Time } from "@steward/ui";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";

import { type PermissionName, useMay } from "../../data/session.ts";
import { recordsQuery, type RegisterInfo, registersQuery } from "../../data/registers.ts";
import { paths } from "../../paths.ts";
import { AppLink, useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { RegisterToolbar } from "./register-toolbar.tsx";
import { registerRoute } from "./registers.routes.ts";
import { showValue } from "./value-view.tsx";

export function useRegister(path: string): RegisterInfo {
  const { data } = useSuspenseQuery(registersQuery);
  return data.find((register) => register.path === path) as RegisterInfo;
}

/** Every record of a register, with words to search by, order, and export. */
export function RegisterPage() {
  const { path } = registerRoute.useParams();
  const register = useRegister(path);
  usePageTitle(register.plural);
  const search = registerRoute.useSearch();
  const navigate = registerRoute.useNavigate();
  const { asOf } = useSticky();
  const filter = { q: search.q, sort: search.sort, withdrawn: search.withdrawn, where: search.where, asOf };
  const records = useInfiniteQuery(recordsQuery(path, filter));
  const may = useMay(register.writePermission as PermissionName);
  const rows = records.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = search.q !== undefined || search.where !== undefined;
  return (
    <>
      <PageHeader
        title={register.plural}
        sentence={register.description}
        actions={
          register.systemCreated || register.singleton ? null : (
            <Group gap={8}>
              {may.allowed ? (
                <Button component={AppLink} href={paths.importRecords(path)} variant="default">
                  Import
                </Button>
              ) : null}
              <CreateButton register={register} reason={may.reason} />
            </Group>
          )
        }
      />
      {records.isError && records.data === undefined ? (
        <ErrorState problem={problemView(records.error)} onRetry={() => void records.refetch()} />
      ) : (
        <DataTable
          label={register.plural}
          storageKey={`register-${path}`}
          rows={rows}
          columns={columnsOf(register)}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.record(path, id)}
          sort={search.sort}
          onSort={(sort) => void navigate({ search: (before) => ({ ...before, sort }), replace: true })}
          loading={records.isPending}
          total={records.data?.pages[0]?.total}
          more={
            records.hasNextPage
              ? { load: () => void records.fetchNextPage(), loading: records.isFetchingNextPage }
              : undefined
          }
          toolbar={<RegisterToolbar key={search.q ?? ""} register={register} search={search} asOf={asOf} />}
          empty={filtered ? <NothingFound path={path} /> : <NothingYet register={register} mayWrite={may.allowed} />}
        />
      )}
    </>
  );
}

function CreateButton({ register, reason }: { register: RegisterInfo; reason: string | null }) {
  const label = `New ${register.singular.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
  if (reason !== null) {
    return (
      <Button data-disabled title={reason} aria-description={reason} onClick={(event) => event.preventDefault()}>
        {label}
      </Button>
    );
  }
  return (
    <Button component={AppLink} href={paths.newRecord(register.path)}>
      {label}
    </Button>
  );
}

/** The columns that the declaration lists, and all others to choose from; the title comes first and carries the link. */
function columnsOf(register: RegisterInfo): DataColumn<RecordView>[] {
  const listed = register.listed.filter((name) => name !== register.title);
  const rest = register.fields
    .map(({ name }) => name)
    .filter((name) => name !== register.title && !listed.includes(name));
  const fields = [...listed, ...rest].flatMap((name) => register.fields.find((field) => field.name === name) ?? []);
  const title = register.fields.find((field) => field.name === register.title);
  return [
    {
      id: "title",
      header: title?.label ?? "Name",
      cell: (row) => (row.withdrawn ? `${row.title} (withdrawn)` : row.title),
      sortKey: title?.sortable ? title.name : undefined,
    },
    ...fields.map((field): DataColumn<RecordView> => ({
      id: field.name,
      header: field.label,
      cell: (row) => shortened(showValue(field, row.values[field.name], row.references)),
      sortKey: field.sortable ? field.name : undefined,
      align: field.type === "number" || field.type === "integer" ? "end" : "start",
      hidden: !listed.includes(field.name),
    })),
    { id: "recordedAt", header: "Changed", cell: (row) => <Time at={row.recordedAt} />, sortKey: "recordedAt" },
  ];
}

/** A cell is for recognising a value; the page has it whole. */
const CELL_MAX_CHARS = 90;

function shortened(shown: React.ReactNode): React.ReactNode {
  return typeof shown === "string" && shown.length > CELL_MAX_CHARS ? `${shown.slice(0, CELL_MAX_CHARS)}…` : shown;
}

function NothingFound({ path }: { path: RegisterInfo["path"] }) {
  return (
    <EmptyState title="No record is like that" action={<Link href={paths.register(path)}>Show all</Link>}>
      The words or the filter leave nothing. Try the beginning of a word.
    </EmptyState>
  );
}

function NothingYet({ register, mayWrite }: { register: RegisterInfo; mayWrite: boolean }) {
  const action =
    mayWrite && !register.systemCreated ? <Link href={paths.newRecord(register.path)}>Make the first one</Link> : null;
  return (
    <EmptyState title="Nothing here yet" action={action}>
      {register.emptyHint}
    </EmptyState>
  );
}
