import { PageHeader, Section } from "@steward/ui";
import { Text } from "@mantine/core";

import { useMay } from "../../data/session.ts";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ErasureRequests } from "./erasure-requests.tsx";
import { LegalHolds } from "./legal-holds.tsx";
import { FindSubject } from "./find-subject.tsx";

/** What is held about a person: found, given to them, erased for them. */
export function SubjectsPage() {
  usePageTitle("People concerned");
  const may = useMay("subjects.read");
  return (
    <>
      <PageHeader
        title="People concerned"
        sentence="Give a person all that is held about them, or erase it when they ask. What is erased leaves a gap that can be proven."
      />
      <Section title="Find a person">{may.allowed ? <FindSubject /> : <Text>{may.reason}</Text>}</Section>
      <Section
        title="Requests for erasure"
        note="One person asks and another approves. An approval erases at once and for good."
      >
        <ErasureRequests />
      </Section>
      <Section
        title="Legal holds"
        note="While one is open, nothing about the person is erased, neither on request nor because its time is over."
      >
        <LegalHolds />
      </Section>
    </>
  );
}
