/** What the settings ask the server, and how fresh it has to be. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import type { components } from "../../api/schema";

type Schemas = components["schemas"];
export type Features = Schemas["FeaturesState"];
export type UserDetails = Schemas["UserDetails"];
export type UserFields = Schemas["UserFields"];
export type Identity = Schemas["Identity"];
export type Team = Schemas["TeamRef"];
export type SelectableUser = Schemas["SelectableUser"];
export type RecordingSettings = Schemas["RecordingSettings"];
export type SettingValues = Schemas["SettingValues"];
export type Rule = Schemas["Rule"];
export type TelephonySource = Schemas["Source"];
export type Endpoint = Schemas["Endpoint"];
export type Delivery = Schemas["Delivery"];
export type ApiKey = Schemas["ApiKey"];
export type AuditEntry = Schemas["AuditEntry"];
export type CoverageReport = Schemas["CoverageReport"];
export type NetworkReport = Schemas["NetworkReport"];
export type NetworkRegion = Schemas["NetworkRegion"];
export type Opening = Schemas["Opening"];
export type Spread = NonNullable<NetworkReport["measured"]["rtt_ms"]>;
export type RegionChoice = Schemas["RegionChoice"];

const LARGEST_PAGE = 500;
const LIVE_MS = 5000;
const QUIET_MS = 30_000;

interface Slice<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
}

/** Every page of a list, one after the other. */
async function everything<T>(read: (query: { limit: number; cursor?: string }) => Promise<Slice<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Slice<T> = await read({ limit: LARGEST_PAGE, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

export const featuresQuery = queryOptions({
  queryKey: ["features"],
  queryFn: () => unwrap(api.GET("/api/v1/features")),
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: () => everything((query) => unwrap(api.GET("/api/v1/users", { params: { query } }))),
  staleTime: 30_000,
});

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: () => everything((query) => unwrap(api.GET("/api/v1/teams", { params: { query } }))),
  staleTime: 30_000,
});

export interface Selection {
  readonly items: readonly SelectableUser[];
  readonly teamIds: readonly string[];
  readonly version: number;
}

/** Everybody and whether they are selected; all of it, because it is saved as a whole. */
export const selectionQuery = queryOptions({
  queryKey: ["selection"],
  queryFn: async (): Promise<Selection> => {
    let version: number | null = null;
    let teamIds: readonly string[] = [];
    const items = await everything(async (query) => {
      const page = await unwrap(api.GET("/api/v1/screen-recording/users", { params: { query } }));
      // The oldest version that was seen: a change between two pages is then noticed when saving.
      version ??= page.version;
      teamIds = page.team_ids;
      return page;
    });
    return { items, teamIds, version: version ?? 0 };
  },
});

/** The account, a team (tea_…) or an agent (agt_…). */
export function recordingSettingsQuery(scope: string) {
  return queryOptions({
    queryKey: ["recording-settings", scope],
    queryFn: () => {
      if (scope.startsWith("tea_")) {
        return unwrap(api.GET("/api/v1/recording-settings/teams/{team_id}", { params: { path: { team_id: scope } } }));
      }
      if (scope.startsWith("agt_")) {
        return unwrap(api.GET("/api/v1/recording-settings/agents/{agent_id}", { params: { path: { agent_id: scope } } }));
      }
      return unwrap(api.GET("/api/v1/recording-settings"));
    },
  });
}

/** What the network has to let through, and what was measured of it. */
export const networkQuery = queryOptions({
  queryKey: ["network"],
  queryFn: () => unwrap(api.GET("/api/v1/network")),
  refetchInterval: QUIET_MS,
});

export const regionsQuery = queryOptions({
  queryKey: ["regions"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/regions"))).items,
  staleTime: 60_000,
});

/** Teams and agents that have chosen a media region of their own. */
export const differingRegionsQuery = queryOptions({
  queryKey: ["media-region", "differing"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/media-region/differing"))).items,
});

/** The media region of the account, a team (tea_…) or an agent (agt_…). */
export function regionChoiceQuery(scope: string) {
  return queryOptions({
    queryKey: ["media-region", scope],
    queryFn: () => {
      if (scope.startsWith("tea_")) return unwrap(api.GET("/api/v1/media-region/teams/{team_id}", { params: { path: { team_id: scope } } }));
      if (scope.startsWith("agt_")) return unwrap(api.GET("/api/v1/media-region/agents/{agent_id}", { params: { path: { agent_id: scope } } }));
      return unwrap(api.GET("/api/v1/media-region"));
    },
  });
}

export const rulesQuery = queryOptions({
  queryKey: ["do-not-record"],
  queryFn: () => everything((query) => unwrap(api.GET("/api/v1/do-not-record", { params: { query } }))),
});

export const sourcesQuery = queryOptions({
  queryKey: ["telephony-sources"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/telephony-sources"))).items,
  refetchInterval: LIVE_MS,
});

export const webhooksQuery = queryOptions({
  queryKey: ["webhooks"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/webhooks"))).items,
});

export interface DeliveryFilter {
  readonly state: Delivery["state"] | null;
  readonly endpoint: string | null;
}

export function deliveriesQuery({ state, endpoint }: DeliveryFilter) {
  return infiniteQueryOptions({
    queryKey: ["webhook-deliveries", state, endpoint],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/webhook-deliveries", {
          params: {
            query: {
              limit: 100,
              ...(state === null ? {} : { state }),
              ...(endpoint === null ? {} : { endpoint_id: endpoint }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // All pages that are here are asked for again: whoever went further down reads, and asks for news by a change of the filter.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 1) > 1 ? false : LIVE_MS),
  });
}

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => everything((query) => unwrap(api.GET("/api/v1/api-keys", { params: { query } }))),
});

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly since?: number;
  readonly until?: number;
}

export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/audit", {
          params: { query: { ...filter, limit: 100, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export type CoverageGrouping = CoverageReport["group_by"];

export interface CoverageAsk {
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

export function coverageQuery(ask: CoverageAsk, groupBy: CoverageGrouping) {
  return queryOptions({
    queryKey: ["coverage", ask, groupBy],
    queryFn: () => unwrap(api.GET("/api/v1/coverage", { params: { query: { ...ask, group_by: groupBy } } })),
    staleTime: 60_000,
  });
}
