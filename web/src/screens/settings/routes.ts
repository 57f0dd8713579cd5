import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/settings",
    lazy: async () => ({ Component: (await import("./frame")).SettingsFrame }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import("./frame")).FirstPage }) },
      { path: "features", lazy: async () => ({ Component: (await import("./features")).Features }) },
      { path: "users", lazy: async () => ({ Component: (await import("./users/users")).Users }) },
      { path: "teams", lazy: async () => ({ Component: (await import("./teams")).Teams }) },
      { path: "screen-recording", lazy: async () => ({ Component: (await import("./selection/selection")).ScreenRecordingUsers }) },
      { path: "quality-management", lazy: async () => ({ Component: (await import("./selection/qm")).QmUsers }) },
      { path: "recording", lazy: async () => ({ Component: (await import("./recording/recording")).Recording }) },
      { path: "do-not-record", lazy: async () => ({ Component: (await import("./rules")).DoNotRecord }) },
      { path: "network", lazy: async () => ({ Component: (await import("./network/network")).Network }) },
      { path: "telephony", lazy: async () => ({ Component: (await import("./telephony/telephony")).Telephony }) },
      { path: "webhooks", lazy: async () => ({ Component: (await import("./webhooks/webhooks")).Webhooks }) },
      { path: "api-keys", lazy: async () => ({ Component: (await import("./api-keys")).ApiKeys }) },
      { path: "audit", lazy: async () => ({ Component: (await import("./audit")).Audit }) },
    ],
  },
  { path: "/coverage", lazy: async () => ({ Component: (await import("./coverage/coverage")).Coverage }) },
];
