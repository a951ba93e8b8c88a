import { counted } from "@steward/kernel";
import { Badge } from "@mantine/core";
import type { DriftDetail } from "@steward/client";
import { Deadline, ErrorState, KeyValue, LinesSkeleton, Link, PageHeader, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { driftItemQuery } from "../../data/inventory.ts";
import { kindWords, recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { Decide, Declare, DISPOSITION_WORDS, Settle } from "./drift-actions.tsx";
import { DriftBadge } from "./drift-badge.tsx";
import styles from "./inventory.module.css";
import { driftItemRoute } from "./inventory.routes.ts";
import { RegisterFromDrift } from "./register-from-drift.tsx";

/** One difference: what was seen, what can be done, and what was decided about it. */
export function DriftItemPage() {
  const { id } = driftItemRoute.useParams();
  const found = useQuery(driftItemQuery(id));
  usePageTitle(found.data?.subject.name ?? "Drift");
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={8} />;
  return <Item key={id} item={found.data} />;
}

function Item({ item }: { item: DriftDetail }) {
  const stands = item.state !== "closed";
  return (
    <>
      <PageHeader
        title={item.subject.name}
        badge={<DriftBadge item={item} />}
        sentence={item.message}
        above={<Link href={paths.drift()}>Drift</Link>}
      />
      <div className={styles.columns}>
        <div>
          {item.awaiting === null ? null : <Dispositions item={item} />}
          {stands && item.kind === "shadow" ? <RegisterFromDrift item={item} /> : null}
          {item.state === "open" && item.kind === "undeclared" ? <Declare item={item} /> : null}
          {stands ? <Settle item={item} /> : null}
          {item.awaiting === null ? <Dispositions item={item} /> : null}
        </div>
        <div>
          <Facts item={item} />
          <Seen item={item} />
          <History item={item} />
        </div>
      </div>
    </>
  );
}

function Facts({ item }: { item: DriftDetail }) {
  const systemHref = item.systemId === null ? undefined : recordHref("system", item.systemId);
  const system = systemHref === undefined ? "none" : <Link href={systemHref}>{item.systemName ?? "the system"}</Link>;
  return (
    <Section title="Task">
      <Panel>
        <KeyValue
          items={[
            { label: "AI system", value: system },
            { label: "Known since", value: <Time at={item.since} /> },
            {
              label: "Settle until",
              value: <Deadline at={item.dueAt} overdue={item.overdue} />,
              help: "From then on it counts against the status (parameter DRIFT_GRACE).",
            },
            { label: "Who may know", value: item.owner?.name ?? "nobody yet" },
          ]}
        />
      </Panel>
    </Section>
  );
}

const SEEN_BY: Readonly<Record<DriftDetail["sightings"][number]["source"], string>> = {
  otlp: "OpenTelemetry",
  kubernetes: "Kubernetes",
  cloudtrail: "CloudTrail",
  mlflow: "MLflow registry",
  decision_log: "log of decisions",
};

/** A workload that is seen as itself uses nobody. */
function usedText(provider: string, model: string | null, version: string | null): string {
  if (provider === "self") return version === null ? "itself" : `itself, version ${version}`;
  return [model, version].filter((part) => part !== null).join(" ") || provider;
}

function Seen({ item }: { item: DriftDetail }) {
  return (
    <Section title="What shows it">
      <Panel>
        <ul className={styles.list}>
          {item.places.map(({ source, kind, name, file, line, more }) => (
            <li key={`${source} ${kind} ${name}`}>
              {name}, {kind.replaceAll("_", " ")}
              <p className={styles.note}>
                {file}:{line}
                {more > 0 ? ` and ${more.toLocaleString("en")} more` : ""}
                {source === item.subject.name ? "" : ` in ${source}`}
              </p>
            </li>
          ))}
          {item.sightings.map(({ source, service, provider, model, version, count, lastSeenAt }) => (
            <li key={`${source} ${service} ${provider} ${model} ${version}`}>
              {usedText(provider, model, version)}
              <p className={styles.note}>
                {service}, {SEEN_BY[source]}, {counted(count, "time")}, last <Time at={lastSeenAt} />
              </p>
            </li>
          ))}
          {item.more === 0 ? null : <li>{item.more.toLocaleString("en")} more, not shown here</li>}
          {item.places.length + item.sightings.length > 0
            ? null
            : item.details.map((detail) => <li key={detail}>{detail}</li>)}
          {item.evidence.map((piece) => (
            <li key={`${piece.kind} ${piece.id}`}>
              {kindWords(piece.kind)}, recorded <Time at={piece.at} />
              {piece.ledgerIndex === undefined ? null : (
                <>
                  {" "}
                  <Link href={paths.ledgerEntry(piece.ledgerIndex)}>
                    Ledger entry {piece.ledgerIndex.toLocaleString("en")}
                  </Link>
                </>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}

function Dispositions({ item }: { item: DriftDetail }) {
  if (item.dispositions.length === 0) return null;
  return (
    <Section title="Decisions" note="Leaving a thing as it is takes two people, and covers nothing that came later.">
      <Panel>
        <ul className={styles.list}>
          {item.dispositions.map((one) => (
            <li key={one.id}>
              <strong>{DISPOSITION_WORDS[one.kind]}</strong>
              {one.systemName === null ? "" : ` to ${one.systemName}`}{" "}
              <Badge variant="default" tt="none" radius="sm">
                {one.state === "in_force" ? "in force" : one.state}
              </Badge>
              <p className={styles.note}>
                “{one.reason}” {one.requestedBy.name ?? "Somebody"}, <Time at={one.requestedAt} />
                {one.until === null ? null : (
                  <>
                    , until <Time at={one.until} />
                  </>
                )}
                {one.decidedBy === null ? null : (
                  <>
                    . {one.state === "rejected" ? "Rejected" : "Approved"} by {one.decidedBy.name ?? "somebody"}
                    {one.decisionReason === null ? "" : `: “${one.decisionReason}”`}
                  </>
                )}{" "}
                <Link href={paths.ledgerEntry(one.ledgerIndex)}>
                  Ledger entry {one.ledgerIndex.toLocaleString("en")}
                </Link>
              </p>
              {one.state === "requested" ? <Decide disposition={one} itemId={item.id} /> : null}
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}

function History({ item }: { item: DriftDetail }) {
  return (
    <Section title="History">
      <Panel>
        <ul className={styles.list}>
          {item.events.map((event) => (
            <li key={event.ledgerIndex}>
              {event.event === "opened" ? "Opened" : "Closed"} <Time at={event.at} />{" "}
              <Link href={paths.ledgerEntry(event.ledgerIndex)}>
                Ledger entry {event.ledgerIndex.toLocaleString("en")}
              </Link>
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}
