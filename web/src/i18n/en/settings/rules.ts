/** Do-not-record rules. */

export const rules = {
  rules: {
    title: "Do-not-record rules",
    lead: "Calls that are never captured. A rule holds for calls that begin while it is there.",
    add: "Add a rule",
    kind: "Kind",
    value: "What",
    note: "Note",
    remove: "Remove",
    removeOf: "Remove the rule for {{value}}?",
    removeText: "Calls that begin from now on are captured again.",
    none: "There are no rules",
    noneText: "Every recorded call of a selected agent is captured.",
    kinds: { number: "Number", queue: "Queue", agent: "Agent" },
    example: { number: "+49 30 555*", queue: "Payments" },
    patternHint: "* stands for any characters, ? for one. Blanks, dots, dashes and brackets do not count.",
  },
} as const;
