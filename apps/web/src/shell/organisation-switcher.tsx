import { Menu } from "@mantine/core";
import { Icon } from "@steward/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { api } from "../api.ts";
import { SESSION_KEY, useSession } from "../data/session.ts";
import styles from "./menu.module.css";

/** The organisation that is worked in; a menu where the person belongs to several. */
export function OrganisationSwitcher() {
  const { organisation, organisations } = useSession();
  const queryClient = useQueryClient();
  const router = useRouter();
  const change = useMutation({
    mutationFn: (organisationId: string) => api.switchOrganisation({ body: { organisationId } }),
    onSuccess: (session) => {
      // Nothing that was read belongs to the new organisation.
      queryClient.clear();
      queryClient.setQueryData(SESSION_KEY, session);
      void router.navigate({ href: "/" }).then(() => router.invalidate());
    },
  });
  if (organisations.length < 2) return <div className={styles.static}>{organisation.name}</div>;
  return (
    <Menu position="bottom-start" width="target" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={styles.button} disabled={change.isPending}>
          <span className={styles.buttonWord}>{organisation.name}</span>
          <Icon name="down" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Work in</Menu.Label>
        {organisations.map(({ id, name }) => (
          <Menu.Item
            key={id}
            rightSection={id === organisation.id ? <Icon name="check" size={14} /> : null}
            onClick={() => {
              if (id !== organisation.id) change.mutate(id);
            }}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
