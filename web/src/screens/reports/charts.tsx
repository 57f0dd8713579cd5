/** Scores as pictures: over the weeks, and side by side. Loaded with the page that shows them, for their library is large. */

import "@mantine/charts/styles.css";

import { BarChart, CompositeChart } from "@mantine/charts";

import { formatScore } from "../../lib/format";
import { weekName } from "./ask";
import type { ScoreGroup } from "./queries";
import { useTexts } from "./texts";

const BARS_SHOWN = 12;
const LONGEST_NAME = 22;
/** How many there are: to be seen behind the line in both themes, and no more than that. */
const BACKGROUND = "color-mix(in srgb, var(--dr-muted) 40%, var(--dr-surface))";

export function WeeksChart({ weeks }: { readonly weeks: readonly ScoreGroup[] }) {
  const t = useTexts();
  const years = new Set(weeks.map(({ key }) => key.slice(0, 4)));
  const known = weeks.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const label = t("chart.weeks", { count: weeks.length, lowest: formatScore(Math.min(...known)), highest: formatScore(Math.max(...known)) });
  return (
    <figure style={{ margin: 0 }} role="img" aria-label={known.length === 0 ? t("chart.noScores") : label}>
      <CompositeChart
        h={240}
        aria-hidden="true"
        composedChartProps={{ accessibilityLayer: false }}
        data={weeks.map(({ key, mean, evaluations }) => ({ week: weekName(key, years.size > 1), mean, evaluations }))}
        dataKey="week"
        maxBarWidth={28}
        withRightYAxis
        withLegend
        series={[
          { name: "evaluations", label: t("figures.evaluations"), color: BACKGROUND, type: "bar", yAxisId: "right" },
          { name: "mean", label: t("figures.mean"), color: "var(--dr-accent)", type: "line" },
        ]}
        yAxisProps={{ domain: [0, 100] }}
        rightYAxisProps={{ allowDecimals: false }}
        curveType="linear"
        connectNulls
        valueFormatter={formatScore}
        lineProps={{ isAnimationActive: false }}
        barProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}

/** The first of the list, as it is sorted. */
export function GroupsChart({ items, names }: { readonly items: readonly ScoreGroup[]; readonly names: ReadonlyMap<string, string> }) {
  const t = useTexts();
  const shown = items.filter(({ mean }) => mean !== null).slice(0, BARS_SHOWN);
  if (shown.length < 2) return null;
  return (
    <figure style={{ margin: 0 }} role="img" aria-label={t("chart.groups", { count: shown.length })}>
      <BarChart
        h={shown.length * 30 + 40}
        aria-hidden="true"
        barChartProps={{ accessibilityLayer: false }}
        orientation="vertical"
        data={shown.map(({ key, mean }) => ({ name: short(names.get(key) ?? ""), mean }))}
        dataKey="name"
        maxBarWidth={18}
        yAxisProps={{ width: 170, interval: 0 }}
        xAxisProps={{ domain: [0, 100], type: "number" }}
        gridAxis="y"
        series={[{ name: "mean", label: t("figures.mean"), color: "var(--dr-accent)" }]}
        valueFormatter={formatScore}
        barProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}

function short(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
