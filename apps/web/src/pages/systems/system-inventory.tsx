import { Button, Group } from "@mantine/core";
import { ErrorState, LinesSkeleton, Link, Panel, Time } from "@steward/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { driftQuery, PRESENCE_WORDS, systemPresenceQuery } from "../../data/inventory.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { DriftBadge } from "../inventory/drift-badge.tsx";
import { ImportVulnerabilities } from "../inventory/import-vulnerabilities.tsx";
import styles from "./systems.module.css";

const SHOWN = 5;

/** Whether a system is where its register says, what differs from it, and which AI services it may use. */
export function SystemInventory({ systemId }: { systemId: string }) {
  return (
    <Panel>
      <Presence systemId={systemId} />
      <OpenDrift systemId={systemId} />
      <Uses systemId={systemId} />
    </Panel>
  );
}

function Presence({ systemId }: { systemId: string }) {
  const found = useQuery(systemPresenceQuery(systemId));
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={2} />;
  const [system] = found.data.systems;
  if (system === undefined) return null;
  const { presence, lastSeenAt, sources, suppliers } = system;
  return (
    <p className={styles.fact}>
      It is <strong>{PRESENCE_WORDS[presence]}</strong>
      {lastSeenAt === null ? ", and was never seen in traffic or in a deployment" : null}
      {lastSeenAt === null ? null : (
        <>
          , last seen <Time at={lastSeenAt} />
        </>
      )}
      . {sources.length === 0 ? "No scan of its code was published." : `Its code: ${sources.join(", ")}.`}{" "}
      {suppliers.length === 0 ? "" : `Supplied by ${suppliers.map(({ name }) => name).join(", ")}.`}
    </p>
  );
}

function OpenDrift({ systemId }: { systemId: string }) {
  const drift = useInfiniteQuery(driftQuery({ state: "open", systemId }));
  if (drift.isError) return <ErrorState problem={problemView(drift.error)} onRetry={() => void drift.refetch()} />;
  if (drift.isPending) return <LinesSkeleton lines={1} />;
  const items = drift.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className={styles.fact}>Nothing was found that differs from its register.</p>;
  return (
    <>
      <ul className={styles.rows}>
        {items.slice(0, SHOWN).map((item) => (
          <li key={item.id}>
            <DriftBadge item={item} /> <Link href={paths.driftItem(item.id)}>{item.message}</Link>
          </li>
        ))}
      </ul>
      {items.length > SHOWN ? <Link href={paths.drift({ systemId })}>All drift of it</Link> : null}
    </>
  );
}

function Uses({ systemId }: { systemId: string }) {
  const may = useMay("systems.write");
  const uses = useQuery({
    queryKey: ["records", "use-approvals", "of", systemId],
    queryFn: async ({ signal }) =>
      api.records("use-approvals").list({ where: { systemId }, sort: "-validFrom", limit: SHOWN }, { signal }),
  });
  if (uses.isError) return <ErrorState problem={problemView(uses.error)} onRetry={() => void uses.refetch()} />;
  if (uses.isPending) return <LinesSkeleton lines={1} />;
  const { items } = uses.data;
  return (
    <>
      {items.length === 0 ? (
        <p className={styles.fact}>Nobody has asked for the use of AI services by it.</p>
      ) : (
        <ul className={styles.rows}>
          {items.map(({ id, title, values }) => (
            <li key={id}>
              Use of {(values["services"] as string[]).join(", ")}, {STATE_WORDS[String(values["state"])]}:{" "}
              <Link href={paths.record("use-approvals", id)}>{title}</Link>
              {values["validTo"] === null ? "" : `, until ${String(values["validTo"])}`}
            </li>
          ))}
        </ul>
      )}
      <Group mt={12} gap={8}>
        {may.allowed ? (
          <Button component={AppLink} href={paths.newRecord("use-approvals", { systemId })} variant="default">
            Ask for a use
          </Button>
        ) : null}
        <ImportVulnerabilities />
        <Link href={paths.vulnerabilities({ systemId })}>Known vulnerabilities</Link>
      </Group>
    </>
  );
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  requested: "asked for",
  approved: "approved",
  rejected: "rejected",
  revoked: "revoked",
};
