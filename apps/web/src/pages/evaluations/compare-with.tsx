import { NativeSelect } from "@mantine/core";
import type { EvaluationSummary } from "@steward/client";
import { Section } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { evaluationChoicesQuery } from "../../data/evaluations.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import styles from "./evaluations.module.css";

/** Chooses another evaluation of the system to stand beside this one. */
export function CompareWith({ evaluation }: { evaluation: EvaluationSummary }) {
  const go = useGo();
  const choices = useQuery(evaluationChoicesQuery(evaluation.systemId));
  const others = choices.data?.items.filter(({ id }) => id !== evaluation.id) ?? [];
  if (others.length === 0) return null;
  return (
    <Section title="Compare" note="Another evaluation of this system beside this one, group by group.">
      <NativeSelect
        className={styles.compare}
        label="Compare with"
        value=""
        onChange={(event) => {
          if (event.currentTarget.value !== "") go(paths.compareEvaluations(evaluation.id, event.currentTarget.value));
        }}
        data={[
          { value: "", label: "Choose an evaluation" },
          ...others.map(({ id, releaseVersion, suite, recordedAt, verdict }) => ({
            value: id,
            label: `${releaseVersion}, ${suite}, ${recordedAt.slice(0, 10)} (${verdict})`,
          })),
        ]}
      />
    </Section>
  );
}
