/** The audit log. */

export const audit = {
  audit: {
    title: "Audit log",
    lead: "Who did what. Nothing in it can be changed or deleted.",
    export: "Export JSON lines",
    apply: "Filter",
    clear: "Clear",
    when: "When",
    details: "Details",
    only: "Only {{value}}",
    filters: { actor: "Who", action: "Action", subject: "Of what", since: "From", until: "To" },
  },
} as const;
