/** The look: one accent, neutral greys, a dense scale. README.md writes the scale down. */

import type { MantineColorsTuple } from "@mantine/core";
import { createTheme } from "@mantine/core";

const reel: MantineColorsTuple = [
  "#e8f6f5",
  "#d3ebe9",
  "#a5d7d3",
  "#74c2bc",
  "#4db0a8",
  "#2f9d95",
  "#1a827b",
  "#0f6b66",
  "#0b5753",
  "#06413e",
];

/** Greys with a trace of the accent, so that surfaces and accent belong together. */
const dark: MantineColorsTuple = [
  "#d5dcdd",
  "#b3bdbf",
  "#8b979a",
  "#667276",
  "#3d484c",
  "#2b3438",
  "#1f272a",
  "#171d20",
  "#111618",
  "#0b0f10",
];

export const theme = createTheme({
  primaryColor: "reel",
  primaryShade: { light: 7, dark: 6 },
  colors: { reel, dark },
  autoContrast: true,
  luminanceThreshold: 0.179, // above it black is the better contrast
  defaultRadius: "sm",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  lineHeights: { xs: "1.35", sm: "1.4", md: "1.45", lg: "1.45", xl: "1.3" },
  spacing: { xs: "0.25rem", sm: "0.5rem", md: "0.75rem", lg: "1rem", xl: "1.5rem" },
  components: {
    // The scale has nothing below 12 px.
    Badge: { defaultProps: { tt: "none", fw: 500, fz: "xs" } },
    // The head of a dialog is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: "none" } } } },
    Drawer: { defaultProps: { attributes: { header: { role: "none" } } } },
  },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.25rem", lineHeight: "1.3" },
      h2: { fontSize: "1rem", lineHeight: "1.4" },
      h3: { fontSize: "0.875rem", lineHeight: "1.4" },
    },
  },
});
