import { TextInput } from "@mantine/core";
import type { RequirementStatusView } from "@steward/client";
import { EmptyState, ErrorState, Icon, Link, PageHeader } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { statusQuery } from "../../data/status.ts";
import { groupRequirements } from "../../data/strip.ts";
import { paths } from "../../paths.ts";
import { useGo, useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { matchesSearch, stateSentence } from "./requirement-words.ts";
import { RequirementRow } from "./requirement-row.tsx";
import { requirementsRoute } from "./requirements.routes.ts";
import styles from "./requirements.module.css";
import { StatusFilter } from "./status-filter.tsx";

/** The 32 auditable clauses and 38 controls, in the order of the standard. */
export function RequirementsPage() {
  usePageTitle("Requirements");
  const moment = useSticky();
  const status = useQuery(statusQuery(moment));
  if (status.isPending) return <PagePending />;
  if (status.isError && status.data === undefined) {
    return (
      <>
        <PageHeader title="Requirements" />
        <ErrorState problem={problemView(status.error)} onRetry={() => void status.refetch()} />
      </>
    );
  }
  const { groups, requirements } = status.data;
  return (
    <>
      <PageHeader title="Requirements" sentence={stateSentence(requirements)} />
      <Filters requirements={requirements} />
      <Groups groups={groups} requirements={requirements} />
    </>
  );
}

function Filters({ requirements }: { requirements: readonly RequirementStatusView[] }) {
  const { status, q } = requirementsRoute.useSearch();
  const go = useGo();
  return (
    <div className={styles.filters}>
      <StatusFilter requirements={requirements} status={status} q={q} />
      <TextInput
        type="search"
        aria-label="Find a requirement by number or words"
        placeholder="Number or words"
        leftSection={<Icon name="search" />}
        defaultValue={q}
        onChange={(event) => go(paths.requirements({ status, q: event.currentTarget.value }), { replace: true })}
      />
    </div>
  );
}

function Groups({ groups, requirements }: Parameters<typeof groupRequirements>[0]) {
  const search = requirementsRoute.useSearch();
  const shown = requirements.filter((requirement) => matchesSearch(requirement, search));
  if (shown.length === 0) {
    return (
      <EmptyState
        title="No requirement is like that"
        action={<Link href={paths.requirements()}>Show all {requirements.length}</Link>}
      >
        The filter leaves nothing. Take a part of it away.
      </EmptyState>
    );
  }
  return groupRequirements({ groups, requirements: shown })
    .filter((group) => group.requirements.length > 0)
    .map((group) => (
      <section key={group.id} className={styles.group} aria-labelledby={`group-${group.id}`}>
        <h2 className={styles.groupTitle} id={`group-${group.id}`}>
          <span className={styles.groupRef}>{group.ref}</span> {group.title}
        </h2>
        <ul className={styles.list}>
          {group.requirements.map((requirement) => (
            <RequirementRow key={requirement.requirementId} requirement={requirement} />
          ))}
        </ul>
      </section>
    ));
}
