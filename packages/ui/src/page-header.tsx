import type { ReactNode } from "react";

import styles from "./page-header.module.css";

export interface PageHeaderProps {
  title: ReactNode;
  /** One sentence that says the state in words. */
  sentence?: ReactNode;
  /** Above the title: where this page hangs. */
  above?: ReactNode;
  /** Beside the title: a status. */
  badge?: ReactNode;
  /** The primary action, and few others. */
  actions?: ReactNode;
}

/** The id of the heading that takes the focus when a page opens. */
export const PAGE_TITLE_ID = "page-title";

export function PageHeader({ title, sentence, above, badge, actions }: PageHeaderProps) {
  return (
    <header className={styles.header}>
      {above ? <div className={styles.above}>{above}</div> : null}
      <div className={styles.row}>
        <div className={styles.words}>
          <h1 id={PAGE_TITLE_ID} className={styles.title} tabIndex={-1}>
            {title}
          </h1>
          {badge}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </div>
      {sentence ? <p className={styles.sentence}>{sentence}</p> : null}
    </header>
  );
}

/** A part of a page under a heading of its own. */
export function Section({
  title,
  aside,
  note,
  children,
  id,
}: {
  title: ReactNode;
  aside?: ReactNode;
  note?: ReactNode;
  children: ReactNode;
  id?: string;
}) {
  return (
    <section className={styles.section} id={id}>
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle}>{title}</h2>
        {aside ? <div className={styles.aside}>{aside}</div> : null}
      </div>
      {note ? <p className={styles.note}>{note}</p> : null}
      {children}
    </section>
  );
}

/** A surface that holds one thing. */
export function Panel({ children, flush = false }: { children: ReactNode; flush?: boolean }) {
  return (
    <div className={styles.panel} data-flush={flush}>
      {children}
    </div>
  );
}
