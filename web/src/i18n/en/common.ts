/** What every page shares: the frame, actions, states. */

export const common = {
  loading: "Loading",
  jump: "Skip to content",
  nav: {
    label: "Main",
    activities: "Activities",
    recorders: "Recorders",
  },
  account: {
    label: "Account of {{name}}",
    language: "Language",
    signOut: "Sign out",
  },
  action: {
    save: "Save changes",
    cancel: "Cancel",
    retry: "Try again",
    close: "Close",
    delete: "Delete",
    edit: "Edit",
    add: "Add",
    back: "Back",
  },
  when: {
    today: "Today {{time}}",
    yesterday: "Yesterday {{time}}",
  },
} as const;
