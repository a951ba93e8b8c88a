import { Button, Group, Text } from "@mantine/core";
import type { RecordView, TaggedRecord } from "@steward/client";
import { ErrorState, KeyValue, LinesSkeleton, Link, PageHeader, Panel, Section, Time } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { recordQuery, type RegisterInfo } from "../../data/registers.ts";
import { ReasonDialog } from "../../forms/reason-dialog.tsx";
import { paths } from "../../paths.ts";
import { useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ReleaseBom } from "../inventory/release-bom.tsx";
import { SystemPanels } from "../systems/system-panels.tsx";
import { Attachments } from "./attachments.tsx";
import { RecordForm } from "./record-form.tsx";
import { RecordHistory } from "./record-history.tsx";
import { useRegister } from "./register-page.tsx";
import { recordRoute } from "./registers.routes.ts";
import { ValueView } from "./value-view.tsx";

/** One record: what it says, who said so and why, what may follow, and every version before. */
export function RecordPage() {
  const { path, id } = recordRoute.useParams();
  const register = useRegister(path);
  const { asOf } = useSticky();
  const found = useQuery(recordQuery(path, id, asOf));
  usePageTitle(found.data?.record.title ?? register.singular);
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={10} />;
  return <Record key={id} register={register} current={found.data} isPast={asOf !== undefined} />;
}

function Record({ register, current, isPast }: { register: RegisterInfo; current: TaggedRecord; isPast: boolean }) {
  const { edit } = recordRoute.useSearch();
  const navigate = recordRoute.useNavigate();
  const queries = useQueryClient();
  const { record } = current;
  const editing = edit === "yes" && record.may.change.allowed && !isPast;
  const setEditing = (on: boolean) =>
    void navigate({ search: (before) => ({ ...before, edit: on ? "yes" : undefined }) });
  const changed = () => {
    void queries.invalidateQueries({ queryKey: ["records"] });
    setEditing(false);
  };
  return (
    <>
      <PageHeader
        title={record.title}
        sentence={<Provenance register={register} record={record} />}
        above={<Link href={paths.register(register.path)}>{register.plural}</Link>}
        actions={
          editing ? null : (
            <Actions register={register} current={current} isPast={isPast} onEdit={() => setEditing(true)} />
          )
        }
      />
      {editing ? (
        <RecordForm register={register} current={current} onDone={changed} onCancel={() => setEditing(false)} />
      ) : (
        <>
          {register.kind === "system" ? <SystemPanels record={record} /> : null}
          {register.kind === "release" && !isPast ? <ReleaseBom record={record} /> : null}
          <Values register={register} record={record} />
          {register.kind === "attachment" ? null : <Attachments register={register} record={record} />}
          <Section title="History" note="Every version, newest first. Nothing here is ever overwritten.">
            <RecordHistory register={register} record={record} />
          </Section>
        </>
      )}
    </>
  );
}

function Provenance({ register, record }: { register: RegisterInfo; record: RecordView }) {
  return (
    <>
      {record.withdrawn ? "Withdrawn. " : ""}
      {register.singular}, version {record.version}, by {record.actor.name ?? "somebody"}{" "}
      <Time at={record.recordedAt} />. {record.changeReason === null ? "" : `“${record.changeReason}” `}
      <Link href={paths.ledgerEntry(record.ledgerIndex)}>Ledger entry {record.ledgerIndex.toLocaleString("en")}</Link>
    </>
  );
}

function Values({ register, record }: { register: RegisterInfo; record: RecordView }) {
  const sections = Map.groupBy(register.fields, (field) => field.section ?? "What it says");
  return (
    <>
      {[...sections].map(([section, fields]) => (
        <Section key={section} title={section}>
          <Panel>
            <KeyValue
              items={fields.map((field) => ({
                label: field.label,
                help: field.help,
                value: <ValueView field={field} value={record.values[field.name]} references={record.references} />,
              }))}
            />
          </Panel>
        </Section>
      ))}
    </>
  );
}

interface ActionsProps {
  register: RegisterInfo;
  current: TaggedRecord;
  isPast: boolean;
  onEdit: () => void;
}

function Actions({ register, current, isPast, onEdit }: ActionsProps) {
  const [withdrawing, setWithdrawing] = useState(false);
  const { may } = current.record;
  const reason = isPast ? "You look at a past moment. Go back to now to change it." : may.change.reason;
  const decides = !isPast && may.decide !== null;
  const waits = decides && may.decide?.decisions.some(({ undoes }) => !undoes) === true;
  return (
    <Group gap={8}>
      {decides ? <Decisions register={register} current={current} /> : null}
      <Button
        variant={waits ? "default" : "filled"}
        onClick={onEdit}
        disabled={reason !== null}
        title={reason ?? undefined}
      >
        Edit
      </Button>
      {register.systemCreated ? null : (
        <Button
          variant="default"
          disabled={isPast || !may.withdraw.allowed}
          title={isPast ? (reason ?? undefined) : (may.withdraw.reason ?? undefined)}
          onClick={() => setWithdrawing(true)}
        >
          Withdraw
        </Button>
      )}
      {reason === null || (decides && may.decide?.allowed) ? null : <Text size="xs">{reason}</Text>}
      {withdrawing ? <Withdraw register={register} current={current} onClose={() => setWithdrawing(false)} /> : null}
    </Group>
  );
}

type Decision = NonNullable<TaggedRecord["record"]["may"]["decide"]>["decisions"][number];

/** What may be decided of what another person asked for, or why the reader may not. */
function Decisions({ register, current }: { register: RegisterInfo; current: TaggedRecord }) {
  const queries = useQueryClient();
  const [deciding, setDeciding] = useState<Decision>();
  const { record, etag } = current;
  const { decisions = [], reason = null } = record.may.decide ?? {};
  return (
    <>
      {decisions.map((one, index) => (
        <Button
          key={one.decision}
          variant={index === 0 && !one.undoes ? "filled" : "default"}
          disabled={reason !== null}
          title={reason ?? undefined}
          onClick={() => setDeciding(one)}
        >
          {one.act}
        </Button>
      ))}
      {reason === null ? null : <Text size="xs">{reason}</Text>}
      {deciding === undefined ? null : (
        <ReasonDialog
          title={`${deciding.act} “${record.title}”?`}
          act={deciding.act}
          takesAway={deciding.undoes}
          onAct={async (changeReason) =>
            api.records(register.path).decide(record.id, etag, { decision: deciding.decision, changeReason })
          }
          onDone={() => void queries.invalidateQueries({ queryKey: ["records"] })}
          onClose={() => setDeciding(undefined)}
        >
          {deciding.undoes
            ? "It ends now, for good: whoever needs it asks anew. What was decided before stays in its history."
            : "It is recorded in your name and cannot be changed afterwards; what is approved can be revoked."}
        </ReasonDialog>
      )}
    </>
  );
}

function Withdraw({
  register,
  current,
  onClose,
}: {
  register: RegisterInfo;
  current: TaggedRecord;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  return (
    <ReasonDialog
      title={`Withdraw “${current.record.title}”?`}
      act="Withdraw"
      onAct={async (changeReason) =>
        api.records(register.path).withdraw(current.record.id, current.etag, { changeReason })
      }
      onDone={() => void queries.invalidateQueries({ queryKey: ["records"] })}
      onClose={onClose}
    >
      It leaves the lists and no longer counts for any status. Its history stays, and it cannot be brought back: enter
      it anew instead.
    </ReasonDialog>
  );
}
