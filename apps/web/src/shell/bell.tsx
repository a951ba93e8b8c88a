import { ActionIcon, Button, Group, Indicator, Popover, Text } from "@mantine/core";
import { type Notification, NOTIFICATION_KINDS } from "@steward/client";
import { Icon, Link, Time } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../api.ts";
import { notificationsQuery } from "../data/notifications.ts";
import { paths } from "../paths.ts";
import styles from "./bell.module.css";

/** Beyond this a number says no more than "many". */
const COUNT_MAX = 99;

/** What the signed-in person was told of, and how much of it is unread. */
export function Bell() {
  const news = useQuery(notificationsQuery);
  const [opened, setOpened] = useState(false);
  const unread = news.data?.total ?? 0;
  const count = unread > COUNT_MAX ? `${COUNT_MAX}+` : String(unread);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" width={360} trapFocus returnFocus>
      <Indicator inline ml="auto" label={count} size={18} offset={4} disabled={unread === 0} color="red.8">
        <Popover.Target>
          <ActionIcon
            variant="default"
            h={{ base: 40, md: 32 }}
            w={{ base: 40, md: 32 }}
            onClick={() => setOpened((open) => !open)}
            aria-label={unread === 0 ? "Notifications: none unread" : `Notifications: ${count} unread`}
          >
            <Icon name="bell" />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label="Notifications">
        {opened ? <News items={news.data?.items ?? []} unread={unread} onLeave={() => setOpened(false)} /> : null}
      </Popover.Dropdown>
    </Popover>
  );
}

function News({ items, unread, onLeave }: { items: readonly Notification[]; unread: number; onLeave: () => void }) {
  const queries = useQueryClient();
  const read = useMutation({
    mutationFn: async (ids: string[] | "all") => api.readNotifications({ body: { ids } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: notificationsQuery.queryKey }),
  });
  return (
    <>
      <Group justify="space-between" mb={8}>
        <Button size="compact-sm" variant="default" disabled={unread === 0} onClick={() => read.mutate("all")}>
          Mark all as read
        </Button>
        <Link href={paths.settings("notifications")} onClick={onLeave}>
          Choose
        </Link>
      </Group>
      {items.length === 0 ? <Text size="sm">Nothing yet. You are told when something is yours to do.</Text> : null}
      <ul className={styles.list}>
        {items.map((item) => (
          <li key={item.id} className={styles.item} data-unread={item.readAt === null}>
            <Link
              href={paths.task(item.task.id)}
              onClick={() => {
                if (item.readAt === null) read.mutate([item.id]);
                onLeave();
              }}
            >
              {item.task.title}
            </Link>
            <p className={styles.note}>
              {item.readAt === null ? <strong>New. </strong> : null}
              {sentenceOf(item)} <Time at={item.at} />
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function sentenceOf({ kind, actor }: Notification): string {
  const who = actor.kind === "system" ? "Steward" : (actor.name ?? "Somebody");
  if (kind === "mentioned") return `${who} mentioned you.`;
  if (kind === "commented") return `${who} commented on a task of yours.`;
  return NOTIFICATION_KINDS[kind];
}
