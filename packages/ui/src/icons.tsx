/** Line icons, 16 px, drawn for Steward; always beside a word or inside a control that has one. */

const PATHS = {
  overview: "M2 9h4v5H2zM2 2h4v4H2zM10 2h4v5h-4zM10 10h4v4h-4z",
  requirements: "M6 4h8M6 8h8M6 12h8M2 4l.8.8L4.3 3.2M2 8l.8.8 1.5-1.6M2 12l.8.8 1.5-1.6",
  ledger: "M3 1.5h10v13H3zM6 5h4M6 8h4M6 11h2",
  decisions: "M8 1.5v4M8 5.5 3.5 9v5.5M8 5.5 12.5 9v5.5M1.5 12.5l2 2 2-2M10.5 12.5l2 2 2-2",
  balance: "M8 2v12M5 14h6M2.5 4.5h11M4 4.5 1.8 9.5h4.4zM12 4.5 9.8 9.5h4.4z",
  systems: "M4 4h8v8H4zM6.5 6.5h3v3h-3zM6 1.5V4M10 1.5V4M6 12v2.5M10 12v2.5M1.5 6H4M1.5 10H4M12 6h2.5M12 10h2.5",
  people:
    "M6 7.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM1 14c.3-2.8 2.3-4.5 5-4.5s4.7 1.7 5 4.5M10.5 2.3a2.7 2.7 0 0 1 0 5M12.2 9.9c1.6.6 2.6 2 2.8 4.1",
  settings:
    "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  key: "M5 14a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM7.2 8.8 13.5 2.5M11 5l2 2",
  document: "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M6 8h4M6 11h4",
  risk: "M8 2 1.5 13.5h13ZM8 6.5v3M8 11.6v.1",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10.6 10.6 14.5 14.5",
  clock: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 4.5V8l2.5 1.5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 .8v1.7M8 13.5v1.7M.8 8h1.7M13.5 8h1.7M2.9 2.9l1.2 1.2M11.9 11.9l1.2 1.2M13.1 2.9l-1.2 1.2M4.1 11.9l-1.2 1.2",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z",
  auto: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 1.5v13M8 4.5h5.3M8 8h6.4M8 11.5h5.3",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "m3.5 3.5 9 9m0-9-9 9",
  check: "m2.5 8.5 3.5 3.5 7.5-8",
  cross: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5h8v9h-8zM10.5 5.5v-4h-8v9h3",
  up: "m4 10 4-4 4 4",
  down: "m4 6 4 4 4-4",
  left: "m10 4-4 4 4 4",
  right: "m6 4 4 4-4 4",
  columns: "M2 2.5h12v11H2zM6 2.5v11M10 2.5v11",
  link: "M6.5 9.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2L8 3.8M9.5 6.5a3 3 0 0 0-4.2 0L2.7 9.1a3 3 0 0 0 4.2 4.2L8 12.2",
  person: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14.5c.4-3 2.6-4.8 5.5-4.8s5.1 1.8 5.5 4.8",
  signOut: "M6.5 2h-4v12h4M6.5 8h8M11.5 5l3 3-3 3",
  shield: "M8 1.5 2.5 3.5v4c0 3.5 2.3 5.8 5.5 7 3.2-1.2 5.5-3.5 5.5-7v-4ZM5.5 8l1.8 1.8 3.2-3.6",
  keyboard: "M1.5 3.5h13v9h-13zM4 6h.1M6.5 6h.1M9.5 6h.1M12 6h.1M4 8h.1M12 8h.1M6.5 8h.1M9.5 8h.1M5 10.3h6",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.5 5.7M13.5 2v3.7H9.8",
  info: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 7.3v3.9M8 4.8v.1",
  external: "M9 2h5v5M14 2 7.5 8.5M12 9v5H2V4h5",
  bell: "M8 1.8a4.2 4.2 0 0 0-4.2 4.2c0 4-1.6 5.2-1.6 5.2h11.6S12.2 10 12.2 6A4.2 4.2 0 0 0 8 1.8ZM6.5 13.4a1.6 1.6 0 0 0 3 0",
  book: "M8 3.5C6.5 2.3 4.2 2 1.5 2v11c2.7 0 5 .3 6.5 1.5 1.5-1.2 3.8-1.5 6.5-1.5V2c-2.7 0-5 .3-6.5 1.5ZM8 3.5v11",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable="false"
      style={{ flex: "none" }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
