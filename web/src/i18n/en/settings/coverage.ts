/** The coverage report. */

export const coverage = {
  coverage: {
    title: "Coverage",
    lead: "How much of what should have been recorded was, and why the rest is missing.",
    range: "Days",
    days_one: "{{count}} day",
    days_other: "{{count}} days",
    csv: "CSV",
    none: "Nothing was to be recorded in these days",
    noneText: "Choose more days, or see under Settings whose screens are recorded.",
    nothingMissing: "Nothing is missing",
    share: "Coverage",
    sharePercent: "Coverage in %",
    expected: "Should have been",
    captured: "Captured",
    missing: "Missing",
    missingMinutes: "Missing minutes",
    parts: "Parts of calls",
    perDay: "By day",
    where: "Where it is missing",
    by: "Group by",
    advice: "What happened, and what to do",
    noTeam: "No team",
    chart: "Coverage on {{count}} days with calls; the lowest is {{lowest}} %. The table by day has the figures.",
    groups: { day: "Day", team: "Team", agent: "Agent", reason: "Reason" },
  },
} as const;
