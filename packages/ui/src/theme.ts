/** Mantine's theme, tied to the tokens of styles.css. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The one accent: ink blue, far from every status colour. */
const INK: MantineColorsTuple = [
  "#eef1fc",
  "#dbe2f8",
  "#b9c6f1",
  "#a3b6ff",
  "#7f97ea",
  "#5f7bd8",
  "#4664c6",
  "#2f4fad",
  "#26418f",
  "#1c3170",
];

/** Mantine's red, darker from the middle on: a white label on its own is too faint to read. */
const RED: MantineColorsTuple = [
  "#fff5f5",
  "#ffe3e3",
  "#ffc9c9",
  "#ffa8a8",
  "#ff8787",
  "#ff6b6b",
  "#d12e2e",
  "#c92a2a",
  "#b02323",
  "#981d1d",
];

/** From text to the deepest surface, as Mantine orders them. */
const DARK: MantineColorsTuple = [
  "#e3e8eb",
  "#c3ccd2",
  "#a1acb5",
  "#6c7983",
  "#3a464e",
  "#2c363d",
  "#20282d",
  "#171d21",
  "#12171a",
  "#0f1417",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 6 },
  colors: { ink: INK, red: RED, dark: DARK },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: "sm",
  radius: { sm: "4px", md: "6px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: { fontWeight: "600" },
  components: {
    // A title in the colour of its box is hard to read on it; the box says enough.
    Alert: { styles: { title: { color: "var(--st-text)" } } },
  },
});

/** Mantine's own greys and reds miss AA for small text; the tokens meet it. */
const COLOURS = {
  "--mantine-color-body": "var(--st-surface)",
  "--mantine-color-text": "var(--st-text)",
  "--mantine-color-dimmed": "var(--st-muted)",
  "--mantine-color-placeholder": "var(--st-muted)",
  "--mantine-color-error": "var(--st-failing)",
  "--mantine-color-anchor": "var(--st-accent)",
  "--mantine-color-default-border": "var(--st-line-strong)",
} as const;

// Mantine sets its colours for each scheme, so they are replaced for each scheme: the tokens follow it by themselves.
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: COLOURS, dark: COLOURS });
