/** Coverage by day as a line, what was missing as bars. Loaded with the page that shows it, for its library is large. */

import "@mantine/charts/styles.css";

import { CompositeChart } from "@mantine/charts";

import { formatNumber, localeOf } from "../../../lib/format";
import { useTexts } from "../texts";
import type { DayPoint } from "./range";

export function CoverageChart({ points }: { readonly points: readonly DayPoint[] }) {
  const t = useTexts();
  const day = new Intl.DateTimeFormat(localeOf(), { day: "numeric", month: "short" });
  const known = points.filter((point) => point.coverage !== null);
  return (
    <figure
      style={{ margin: 0 }}
      aria-label={t("coverage.chart", { count: known.length, lowest: formatNumber(Math.min(...known.map((point) => point.coverage ?? 100)), 1) })}
    >
      <CompositeChart
        h={240}
        data={points.map((point) => ({ ...point, day: day.format(Date.parse(`${point.day}T12:00`)) }))}
        dataKey="day"
        maxBarWidth={24}
        withRightYAxis
        withLegend
        series={[
          { name: "missing", label: t("coverage.missingMinutes"), color: "var(--dr-missing)", type: "bar", yAxisId: "right" },
          { name: "coverage", label: t("coverage.sharePercent"), color: "var(--dr-accent)", type: "line" },
        ]}
        yAxisProps={{ domain: [0, 100], unit: " %" }}
        rightYAxisProps={{ unit: " min", allowDecimals: false }}
        curveType="linear"
        connectNulls={false}
        composedChartProps={{ accessibilityLayer: false }}
        lineProps={{ isAnimationActive: false }}
        barProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}
