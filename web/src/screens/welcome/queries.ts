/** What the first steps ask besides the settings' questions. */

import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";

const LIVE_MS = 2000;

const LOOKED_AT = 10;

/** The newest call of which pictures are there, or may still come; null: none yet. */
export const firstCallQuery = queryOptions({
  queryKey: ["first-recorded-call"],
  queryFn: async (): Promise<string | null> => {
    const query = { limit: LOOKED_AT, has_screen_recording: true };
    const { items } = await unwrap(api.GET("/api/v1/interactions", { params: { query } }));
    return items.find((one) => one.coverage === null || one.coverage > 0)?.id ?? null;
  },
  refetchInterval: LIVE_MS,
});
