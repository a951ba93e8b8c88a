import { ACCESS_ROLES, PERMISSIONS, ROLE_PERMISSIONS } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, KeyValue, PageHeader, Section } from "@steward/ui";

import { useSession } from "../../data/session.ts";
import { usePageTitle } from "../../shell/page-title.tsx";

type AccessRole = keyof typeof ACCESS_ROLES;

interface PermissionRow {
  name: string;
  meaning: string;
}

const ROLES = Object.keys(ACCESS_ROLES) as AccessRole[];
const ROWS: PermissionRow[] = Object.entries(PERMISSIONS).map(([name, meaning]) => ({ name, meaning }));

function holds(role: AccessRole, permission: string): boolean {
  return (ROLE_PERMISSIONS[role] as readonly string[]).includes(permission);
}

/** What each access role may do, from the very table that the server enforces. */
export function PermissionsPage() {
  usePageTitle("Permissions");
  const { permissions } = useSession();
  return (
    <>
      <PageHeader
        title="Permissions"
        sentence="What each access role may do. Nothing is allowed that does not stand here; the table is the one that the server enforces."
      />
      <Section title="Access roles" note="Given under Members; a person may hold several.">
        <KeyValue items={ROLES.map((role) => ({ label: role.replaceAll("_", " "), value: ACCESS_ROLES[role] }))} />
      </Section>
      <Section
        title="What each may do"
        note="Engineers, overseers and auditors may be held to some AI systems: then they write for those alone, and auditors see nothing else."
      >
        <DataTable
          label="Permissions"
          storageKey="permissions"
          rows={ROWS}
          columns={columns(new Set(permissions))}
          rowId={({ name }) => name}
          empty={<EmptyState title="None">There is no permission.</EmptyState>}
        />
      </Section>
    </>
  );
}

function columns(mine: ReadonlySet<string>): DataColumn<PermissionRow>[] {
  return [
    { id: "meaning", header: "May", cell: ({ meaning }) => meaning },
    { id: "mine", header: "You", cell: ({ name }) => (mine.has(name) ? "yes" : "no") },
    {
      id: "roles",
      header: "Access roles",
      cell: ({ name }) =>
        ROLES.filter((role) => holds(role, name))
          .map((role) => role.replaceAll("_", " "))
          .join(", ") || "none",
    },
  ];
}
