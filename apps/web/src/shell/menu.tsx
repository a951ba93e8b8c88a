import { Icon, Link } from "@steward/ui";
import { useRouterState } from "@tanstack/react-router";

import { AccountMenu } from "./account-menu.tsx";
import styles from "./menu.module.css";
import { isCurrent, navigation } from "./navigation.ts";
import { OrganisationSwitcher } from "./organisation-switcher.tsx";

/** Brand, organisation, pages and account: the side of a wide screen, the drawer of a narrow one. */
export function Menu({ onHelp, onLeave }: { onHelp: () => void; onLeave?: (() => void) | undefined }) {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div className={styles.menu}>
      <Link href="/" className={styles.brand} onClick={onLeave}>
        <img src="/favicon.svg" alt="" width={24} height={24} />
        Steward
      </Link>
      <OrganisationSwitcher />
      <nav className={styles.nav} aria-label="Pages">
        {navigation.map((section) => (
          <div key={section.title} className={styles.section}>
            {section.title ? <div className={styles.sectionTitle}>{section.title}</div> : null}
            <ul className={styles.entries}>
              {section.entries.map((entry) => (
                <li key={entry.href}>
                  <Link
                    href={entry.href}
                    className={styles.entry}
                    aria-current={isCurrent(entry, pathname) ? "page" : undefined}
                    onClick={onLeave}
                  >
                    <Icon name={entry.icon} />
                    {entry.label}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <AccountMenu onHelp={onHelp} />
    </div>
  );
}
