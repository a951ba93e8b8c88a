/** Binds the endpoints of status. */
import { STATUSES } from "@steward/assurance";
import { type StatusChange, statusEndpoints, type StatusSummary } from "@steward/contract";
import { formatInstant, MICROS_PER_DAY, type Uuid } from "@steward/kernel";

import type { Router } from "../../platform/http/bind.ts";
import { boundSystems, type Caller } from "../../platform/http/caller.ts";
import { notFound } from "../../platform/http/problem.ts";
import { expectRecord } from "../records/records.read.ts";
import { clocks, sentenceOf } from "./status.overview.ts";
import { type ChangeRow, type Picture, readChanges, readPicture, readTitles } from "./status.read.ts";
import { readFigures, readScope } from "./status.totals.ts";
import { itemsOfSystem, type StatusDeps } from "./status.service.ts";
import {
  actionView,
  changeOfSystems,
  ofSystems,
  requirementRef,
  statusView,
  stepView,
  testView,
  withoutSystems,
} from "./status.views.ts";

export function statusRoutes(router: Router, deps: StatusDeps): void {
  router.bind(statusEndpoints.getStatus, async ({ caller, query }) =>
    summaryOf(deps, await readPicture(deps, caller.orgId, query, "none"), boundSystems(caller, "records.read")),
  );
  router.bind(statusEndpoints.getOverview, async ({ caller, query }) => overview(deps, caller, query));
  router.bind(statusEndpoints.listTests, async ({ caller, query }) => {
    const picture = await readPicture(deps, caller.orgId, query, "all");
    const titles = await readTitles(deps.db, caller.orgId, picture.tests);
    return { ...computation(picture), tests: picture.tests.map((test) => testView(deps.catalogue, test, titles)) };
  });
  router.bind(statusEndpoints.listStatusChanges, async ({ caller, query }) => {
    const page = await readChanges(deps.db, caller.orgId, query);
    return { ...page, items: page.items.map((row) => changeView(deps, row)), total: null };
  });
  router.bind(statusEndpoints.listSystemTests, async ({ caller, params }) => ({
    tests: await systemTests(deps, caller.orgId, params.id),
  }));
  requirementRoutes(router, deps);
}

function requirementRoutes(router: Router, deps: StatusDeps): void {
  router.bind(statusEndpoints.getRequirement, async ({ caller, params, query }) => {
    const { requirement, group, place } = findRequirement(deps, params.id);
    const picture = await readPicture(deps, caller.orgId, query, requirement.tests);
    const found = picture.statuses.find(({ status }) => status.requirementId === requirement.id);
    if (!found) throw notFound("This requirement");
    const tests = picture.tests.filter(({ testId }) => (requirement.tests as readonly string[]).includes(testId));
    const titles = await readTitles(deps.db, caller.orgId, tests);
    const systemIds = boundSystems(caller, "records.read");
    const status = statusView(deps.catalogue, found.status, found.since);
    const views = tests.map((test) => testView(deps.catalogue, test, titles));
    return {
      ...computation(picture),
      requirement: {
        id: requirement.id,
        ref: requirement.ref,
        title: requirement.title,
        kind: requirement.kind,
        groupTitle: group?.title ?? "",
        summary: requirement.summary,
        auditorAsks: [...(requirement.kind === "clause" ? requirement.auditorAsks : requirement.typicalEvidence)],
      },
      status: systemIds === undefined ? status : withoutSystems(status),
      tests: systemIds === undefined ? views : views.map((view) => ofSystems(view, systemIds)),
      crosswalk: crosswalkOf(deps, requirement.id),
      previous: deps.catalogue.requirements[place - 1]?.ref ?? null,
      next: deps.catalogue.requirements[place + 1]?.ref ?? null,
    };
  });
  router.bind(statusEndpoints.getRequirementHistory, async ({ caller, params, query }) => {
    const { requirement } = findRequirement(deps, params.id);
    const page = await readChanges(deps.db, caller.orgId, { ...query, requirementId: requirement.id, first: true });
    const bound = boundSystems(caller, "records.read") !== undefined;
    const items = page.items.map((row) => changeView(deps, row));
    return { ...page, items: bound ? items.map(changeOfSystems) : items, total: null };
  });
}

function findRequirement({ catalogue }: StatusDeps, id: string) {
  const place = catalogue.requirements.findIndex((candidate) => candidate.ref === id || candidate.id === id);
  const requirement = catalogue.requirements[place];
  if (!requirement) throw notFound("A clause or control of this number");
  return { requirement, place, group: catalogue.groups.find((candidate) => candidate.id === requirement.group) };
}

async function overview(deps: StatusDeps, caller: Caller, query: { asOf?: string | undefined; mode: Picture["mode"] }) {
  const { orgId } = caller;
  const systemIds = boundSystems(caller, "records.read");
  const picture = await readPicture(deps, orgId, query, "none");
  const status = summaryOf(deps, picture, systemIds);
  const weekAgo = formatInstant(picture.asOf - 7n * MICROS_PER_DAY);
  const until = formatInstant(picture.asOf);
  const [scope, changes, figures] = await Promise.all([
    systemIds === undefined ? null : readScope(deps.db, orgId, systemIds),
    systemIds === undefined ? readChanges(deps.db, orgId, { limit: CHANGES_SHOWN, since: weekAgo, until }) : null,
    readFigures(deps.db, orgId, picture.asOf, query.asOf === undefined, systemIds),
  ]);
  const actions = picture.nextActions.filter(
    ({ subjectKind, subjectId }) =>
      systemIds === undefined || (subjectKind === "system" && systemIds.includes(subjectId as Uuid)),
  );
  return {
    scope,
    status,
    sentence: sentenceOf(status),
    changes: (changes?.items ?? []).map((row) => changeView(deps, row)),
    nextActions: actions.slice(0, ACTIONS_SHOWN).map(actionView),
    clocks: clocks(status),
    figures,
  };
}

/** As many as one looks at. The pages behind them have the rest. */
const CHANGES_SHOWN = 10;
const ACTIONS_SHOWN = 5;

function computation(picture: Picture) {
  return {
    asOf: formatInstant(picture.asOf),
    evaluatedAt: picture.evaluatedAt === null ? null : formatInstant(picture.evaluatedAt),
    mode: picture.mode,
    catalogueDigest: picture.catalogueDigest,
    codeVersion: picture.codeVersion,
  };
}

function summaryOf({ catalogue }: StatusDeps, picture: Picture, systemIds?: readonly Uuid[]): StatusSummary {
  const views = picture.statuses.map(({ status, since }) => statusView(catalogue, status, since));
  const requirements = systemIds === undefined ? views : views.map(withoutSystems);
  const counts = Object.fromEntries(
    STATUSES.map((name) => [name, requirements.filter(({ status }) => status === name).length]),
  ) as StatusSummary["counts"];
  const groups = catalogue.groups.map(({ id, ref, title, kind }) => ({ id, ref, title, kind }));
  return { ...computation(picture), counts, groups, requirements };
}

function changeView({ catalogue }: StatusDeps, row: ChangeRow): StatusChange {
  return {
    at: formatInstant(row.evaluated_at),
    requirementId: row.requirement_id,
    ref: requirementRef(row.requirement_id),
    title: catalogue.requirement(row.requirement_id)?.title ?? "",
    from: row.previous_status as StatusChange["from"],
    to: row.status as StatusChange["to"],
    because: row.because,
    ledgerIndex: row.ledger_index,
  };
}

function crosswalkOf({ catalogue }: StatusDeps, id: string) {
  const titles = new Map<string, string>(catalogue.standards.map((standard) => [standard.key, standard.shortName]));
  const row = (
    standard: string,
    other: string,
    title: string | null,
    pair: { strength: string; reason: string; supported: boolean },
  ) => ({
    standard,
    standardTitle: titles.get(standard) ?? standard,
    id: other,
    ref: other.slice(other.indexOf(":") + 1),
    title,
    strength: pair.strength,
    reason: pair.reason,
    supported: pair.supported,
  });
  return [
    ...catalogue.crosswalks
      .from(id)
      .flatMap((pair) => (pair.to === null ? [] : [row(pair.toStandard, pair.to, pair.toTitle, pair)])),
    ...catalogue.crosswalks.to(id).map((pair) => row(pair.fromStandard, pair.from, pair.fromTitle, pair)),
  ];
}

/** What each test says of one AI system, in the order of the catalogue. */
async function systemTests(deps: StatusDeps, orgId: Uuid, systemId: Uuid) {
  await expectRecord(deps.db, orgId, "system", systemId);
  const items = await itemsOfSystem(deps, orgId, systemId);
  return items.map(({ testId, item }) => ({
    testId,
    requirementRefs: (deps.catalogue.test(testId)?.requirements ?? []).map(requirementRef),
    passesWhen: deps.catalogue.test(testId)?.passesWhen ?? "",
    verdict: item.verdict,
    message: item.message,
    nextStep: item.nextStep && stepView(item.nextStep),
  }));
}
