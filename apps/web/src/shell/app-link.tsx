import type { LinkProps } from "@steward/ui";
import { useRouter, useSearch } from "@tanstack/react-router";
import type { MouseEvent } from "react";

import { isInside, keepSticky, type Sticky } from "../paths.ts";

/** The moment that is looked at, from the address. Empty on pages for strangers. */
export function useSticky(): Sticky {
  return useSearch({ strict: false, select: ({ asOf, mode }: Sticky) => ({ asOf, mode }), structuralSharing: true });
}

/** Goes to an address of this application, staying in the moment that is looked at. */
export function useGo() {
  const router = useRouter();
  const sticky = useSticky();
  return (href: string, { replace = false }: { replace?: boolean } = {}) => {
    void router.navigate({ href: keepSticky(href, sticky), replace });
  };
}

/** Links move inside the application without loading it again, and load the next page's code when pointed at. */
export function AppLink({ href, onClick, target, children, ...rest }: LinkProps) {
  const router = useRouter();
  const sticky = useSticky();
  const kept = keepSticky(href, sticky);
  const inside = isInside(href) && target === undefined;

  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!inside || !plain || event.defaultPrevented) return;
    event.preventDefault();
    void router.navigate({ href: kept });
  }

  return (
    <a
      {...rest}
      href={kept}
      target={target}
      onClick={follow}
      {...(inside
        ? { onPointerEnter: () => void router.preloadRoute({ to: ".", href: kept }).catch(() => undefined) }
        : {})}
    >
      {children}
    </a>
  );
}
