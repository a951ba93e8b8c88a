/** What the primitives need from the application: how a link moves, which zone times are told in, what time it is. */
import { type AnchorHTMLAttributes, createContext, type ReactNode, type Ref, useContext, useMemo } from "react";

export type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  href: string;
  ref?: Ref<HTMLAnchorElement>;
};

export interface UiSettings {
  /** Renders links inside the application; a plain anchor unless given. */
  Link: (props: LinkProps) => ReactNode;
  /** IANA name of the zone that absolute times are told in; the browser's unless given. */
  timeZone: string | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

function PlainLink({ children, ...props }: LinkProps) {
  return <a {...props}>{children}</a>;
}

const Settings = createContext<UiSettings>({ Link: PlainLink, timeZone: undefined, now: () => Date.now() });

export function UiProvider({ children, ...given }: Partial<UiSettings> & { children: ReactNode }) {
  const above = useContext(Settings);
  const { Link = above.Link, timeZone = above.timeZone, now = above.now } = given;
  const settings = useMemo(() => ({ Link, timeZone, now }), [Link, timeZone, now]);
  return <Settings value={settings}>{children}</Settings>;
}

export function useUi(): UiSettings {
  return useContext(Settings);
}

/** A link that stays inside the application. */
export function Link(props: LinkProps) {
  const { Link: Rendered } = useUi();
  return <Rendered {...props} />;
}
