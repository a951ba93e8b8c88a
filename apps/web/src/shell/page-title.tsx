import { VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

const PRODUCT = "Steward";
const TITLE_EVENT = "steward:title";

/** Names the page in the browser's tab and history, and to screen readers. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} · ${PRODUCT}`;
    document.dispatchEvent(new CustomEvent(TITLE_EVENT, { detail: title }));
  }, [title]);
}

/** Reads out the name of a page that was opened without a page load. */
export function PageAnnouncer() {
  const [title, setTitle] = useState("");
  useEffect(() => {
    function onTitle(event: Event) {
      if (event instanceof CustomEvent) setTitle(String(event.detail));
    }
    document.addEventListener(TITLE_EVENT, onTitle);
    return () => document.removeEventListener(TITLE_EVENT, onTitle);
  }, []);
  return <VisuallyHidden component="output">{title}</VisuallyHidden>;
}
