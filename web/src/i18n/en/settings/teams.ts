/** Teams. */

export const teams = {
  teams: {
    title: "Teams",
    lead: "Supervisors and evaluators see the agents of their teams. Screen recording can be switched on for a whole team.",
    add: "Add team",
    rename: "Rename",
    renameOf: "Rename {{name}}",
    dissolve: "Dissolve",
    dissolveOf: "Dissolve {{name}}?",
    dissolveText: "Its people are in no team then. Recordings stay.",
    members: "People",
    none: "There are no teams",
    noneText: "A small centre needs none. With teams, supervisors and evaluators see their own agents only.",
  },
} as const;
