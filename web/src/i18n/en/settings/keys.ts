/** API keys. */

export const keys = {
  keys: {
    title: "API keys",
    lead: "For programs that act for you. A key sees what you see, and ends with your account.",
    add: "Make a key",
    make: "Make key",
    none: "There are no API keys",
    noneText: "Make one for each program, with the permissions that it needs and no more.",
    key: "API key",
    name: "Name",
    nameText: "What it is for.",
    permissions: "Permissions",
    permissionsText: "No more than you have yourself.",
    days: "Days until it expires",
    of: "of {{name}}",
    used: "Last used",
    until: "Until {{day}}",
    expired: "Expired {{day}}",
    revoked: "Revoked {{at}}",
    revoke: "Revoke",
    revokeOf: "Revoke {{name}}?",
    revokeText: "Programs that use it are shut out at once.",
    shownTitle: "Your new API key",
    shownText: "Keep it now: it is not shown again. Programs send it as “Authorization: Bearer …”.",
  },
} as const;
