import { Drawer, Loader } from "@mantine/core";
import { Icon, Link, UiProvider } from "@steward/ui";
import { Outlet, useMatches, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { useSession } from "../data/session.ts";
import { AppLink, useGo, useSticky } from "./app-link.tsx";
import { Bell } from "./bell.tsx";
import { AsOfBanner, AsOfControl } from "./as-of.tsx";
import { EmergencyNotice } from "./emergency-notice.tsx";
import { Menu } from "./menu.tsx";
import { isCurrent, navEntries } from "./navigation.ts";
import { PageAnnouncer } from "./page-title.tsx";
import styles from "./shell.module.css";
import { useShortcuts } from "./shortcuts.ts";

const loadPalette = async () => import("./command-palette.tsx");
const CommandPalette = lazy(async () => ({ default: (await loadPalette()).CommandPalette }));
const KeyboardHelp = lazy(async () => ({ default: (await import("./keyboard-help.tsx")).KeyboardHelp }));

type Overlay = "palette" | "help" | "menu";

/** What stands around every page of the application. */
export function Shell() {
  const session = useSession();
  const [overlay, setOverlay] = useState<Overlay | undefined>(undefined);
  const close = () => setOverlay(undefined);
  const go = useGo();
  useEffect(() => {
    // Whoever presses Ctrl K types on at once: the palette must be there by then.
    loadPalette().catch(() => undefined);
  }, []);
  useShortcuts({
    openPalette: () => setOverlay("palette"),
    openHelp: () => setOverlay("help"),
    goTo: (letter) => {
      const entry = navEntries.find((candidate) => candidate.letter === letter);
      if (entry) go(entry.href);
      return entry !== undefined;
    },
  });

  return (
    <UiProvider Link={AppLink} timeZone={session.organisation.timeZone}>
      <a href="#main" className={styles.skip}>
        Skip to the page
      </a>
      <div className={styles.frame}>
        <aside className={styles.side} aria-label="Menu">
          <Menu onHelp={() => setOverlay("help")} />
        </aside>
        <div className={styles.column}>
          <TopBar onSearch={() => setOverlay("palette")} />
          <DemonstrationBanner />
          <EmergencyNotice />
          <TimeBanner />
          <Main />
        </div>
        <PhoneBar onMenu={() => setOverlay("menu")} />
      </div>
      <Drawer
        opened={overlay === "menu"}
        onClose={close}
        title="Menu"
        size={300}
        closeButtonProps={{ "aria-label": "Close the menu" }}
      >
        <Menu onHelp={() => setOverlay("help")} onLeave={close} />
      </Drawer>
      <Suspense fallback={null}>
        {overlay === "palette" ? <CommandPalette onClose={close} onHelp={() => setOverlay("help")} /> : null}
        {overlay === "help" ? <KeyboardHelp onClose={close} /> : null}
      </Suspense>
      <PageAnnouncer />
    </UiProvider>
  );
}

/** The page itself; it takes the focus when another page opens. */
function Main() {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <main id="main" ref={main} tabIndex={-1} className={styles.main}>
      <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>
        <Outlet />
      </Suspense>
    </main>
  );
}

function TopBar({ onSearch }: { onSearch: () => void }) {
  return (
    <section className={styles.top} aria-label="Search and moment">
      <Link href="/" className={styles.topBrand} aria-label="Steward, overview">
        <img src="/favicon.svg" alt="" width={24} height={24} />
      </Link>
      <button type="button" className={styles.search} onClick={onSearch} aria-keyshortcuts="Control+K /">
        <Icon name="search" />
        <span className={styles.searchWord}>Search or go to</span>
        <kbd className={styles.kbd}>Ctrl K</kbd>
      </button>
      <AsOfControl />
      <Bell />
    </section>
  );
}

function DemonstrationBanner() {
  const { organisation } = useSession();
  if (!organisation.demonstration) return null;
  return (
    <aside className={styles.demonstration} aria-label="Demonstration">
      <Icon name="info" />
      <span>
        Demonstration: organisation and people are invented; the AI system really runs, and every figure is computed.
      </span>
    </aside>
  );
}

function TimeBanner() {
  const { asOf } = useSticky();
  const moves = useMatches({ select: (matches) => matches.at(-1)?.staticData.movesInTime === true });
  if (asOf === undefined) return null;
  return <AsOfBanner asOf={asOf} pageMoves={moves} />;
}

function PhoneBar({ onMenu }: { onMenu: () => void }) {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav className={styles.phoneBar} aria-label="Main pages">
      {navEntries
        .filter((entry) => entry.onPhone)
        .map((entry) => (
          <Link
            key={entry.href}
            href={entry.href}
            className={styles.phoneItem}
            aria-current={isCurrent(entry, pathname) ? "page" : undefined}
          >
            <Icon name={entry.icon} size={20} />
            {entry.label.replace("Evidence ledger", "Ledger")}
          </Link>
        ))}
      <button type="button" className={styles.phoneItem} onClick={onMenu}>
        <Icon name="menu" size={20} />
        Menu
      </button>
    </nav>
  );
}
