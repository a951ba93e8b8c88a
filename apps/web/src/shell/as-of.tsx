import { Button, Group, Popover, Radio, Stack, TextInput } from "@mantine/core";
import { dateTimeText, Icon, instantOfLocalField, localFieldOf, useUi } from "@steward/ui";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { useSticky } from "./app-link.tsx";
import styles from "./as-of.module.css";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PRESETS = [
  { label: "An hour ago", backMs: HOUR_MS },
  { label: "Yesterday", backMs: DAY_MS },
  { label: "7 days ago", backMs: 7 * DAY_MS },
  { label: "30 days ago", backMs: 30 * DAY_MS },
] as const;

/** Moves this page to another moment, or back to now. */
function useMoveTo() {
  const router = useRouter();
  const location = useRouterState({ select: (state) => state.location });
  return (asOf: string | undefined, mode?: "recomputed") => {
    const search = new URLSearchParams(location.searchStr);
    search.delete("asOf");
    search.delete("mode");
    if (asOf !== undefined) search.set("asOf", asOf);
    if (asOf !== undefined && mode !== undefined) search.set("mode", mode);
    const text = search.toString();
    void router.navigate({ href: text === "" ? location.pathname : `${location.pathname}?${text}` });
  };
}

/** The moment that the pages show: now, unless another is chosen here. */
export function AsOfControl() {
  const { asOf, mode } = useSticky();
  const { timeZone } = useUi();
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant={asOf === undefined ? "default" : "filled"}
          size="sm"
          h={{ base: 40, md: 32 }}
          leftSection={<Icon name="clock" />}
          onClick={() => setOpened((open) => !open)}
          aria-label={asOf === undefined ? "As of now; choose another moment" : undefined}
        >
          {asOf === undefined ? "Now" : dateTimeText(asOf, timeZone)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose a moment">
        {opened ? <MomentForm key={asOf} asOf={asOf} mode={mode} onDone={() => setOpened(false)} /> : null}
      </Popover.Dropdown>
    </Popover>
  );
}

interface MomentFormProps {
  asOf: string | undefined;
  mode: string | undefined;
  onDone: () => void;
}

function MomentForm({ asOf, mode, onDone }: MomentFormProps) {
  const { timeZone, now } = useUi();
  const moveTo = useMoveTo();
  const [field, setField] = useState(() => localFieldOf(asOf ?? new Date(now()).toISOString(), timeZone));
  const [recomputed, setRecomputed] = useState(mode === "recomputed");
  const [error, setError] = useState<string | undefined>(undefined);

  function show(moment: string | undefined) {
    moveTo(moment, recomputed ? "recomputed" : undefined);
    onDone();
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    const moment = instantOfLocalField(field, timeZone);
    if (moment === undefined) return setError("Give a day and a time.");
    if (Date.parse(moment) > now()) return setError("That moment is still to come.");
    return show(moment);
  }

  return (
    <form onSubmit={submit} className={styles.form}>
      <Stack gap={12}>
        <Group gap={6}>
          {PRESETS.map(({ label, backMs }) => (
            <Button
              key={label}
              variant="default"
              size="compact-sm"
              onClick={() => show(new Date(now() - backMs).toISOString())}
            >
              {label}
            </Button>
          ))}
        </Group>
        <TextInput
          type="datetime-local"
          label="Show everything as of"
          description={`Time zone of the organisation: ${timeZone ?? "this browser’s"}`}
          value={field}
          error={error}
          onChange={(event) => setField(event.currentTarget.value)}
        />
        <Radio.Group
          label="Status"
          value={recomputed ? "recomputed" : "recorded"}
          onChange={(value) => setRecomputed(value === "recomputed")}
        >
          <Stack gap={8} mt={4}>
            <Radio size="sm" value="recorded" label="As it was computed then" />
            <Radio size="sm" value="recomputed" label="Today’s tests over the facts of then" />
          </Stack>
        </Radio.Group>
        <Group gap={8}>
          <Button type="submit" size="sm">
            Show
          </Button>
          {asOf === undefined ? null : (
            <Button variant="default" size="sm" onClick={() => show(undefined)}>
              Back to now
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

/** Says that the pages show the past: nobody may take an old state for the present one. */
export function AsOfBanner({ asOf, pageMoves }: { asOf: string; pageMoves: boolean }) {
  const { mode } = useSticky();
  const { timeZone } = useUi();
  const moveTo = useMoveTo();
  const how = mode === "recomputed" ? "today’s tests over the facts of then" : "as it was computed then";
  return (
    <aside className={styles.banner} aria-label="Moment">
      <Icon name="clock" />
      <span>
        {pageMoves ? (
          <>
            You see the state of <strong>{dateTimeText(asOf, timeZone)}</strong>, {how}.
          </>
        ) : (
          <>
            You are looking at {dateTimeText(asOf, timeZone)}, but <strong>this page always shows the present</strong>.
          </>
        )}
      </span>
      <Button variant="default" size="compact-sm" onClick={() => moveTo(undefined)}>
        Back to now
      </Button>
    </aside>
  );
}
