import { type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { Icon } from "@steward/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { api } from "../api.ts";
import { useSession } from "../data/session.ts";
import { paths } from "../paths.ts";
import { AppLink } from "./app-link.tsx";
import styles from "./menu.module.css";

const SCHEMES: readonly { value: MantineColorScheme; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "As the system" },
];

/** The signed-in person: colours, keyboard help, sign-out. */
export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { account } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Menu position="top-start" width="target" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={styles.button} aria-label={`Account of ${account.name}`}>
          <Icon name="person" />
          <span className={styles.buttonWord}>{account.name}</span>
          <Icon name="up" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{account.email}</Menu.Label>
        <Menu.Item leftSection={<Icon name="key" />} component={AppLink} href={paths.settings("account")}>
          Sign-in and sessions
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
          {SCHEMES.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="keyboard" />} onClick={onHelp}>
          Keyboard
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="signOut" />} disabled={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function useSignOut() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: () => api.signOut(),
    onSuccess: async () => {
      await router.navigate({ href: paths.signIn() });
      queryClient.clear();
    },
  });
}
