/** Which teams and agents have a media region of their own. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { useMay } from "../../components/use-may";
import { differingRegionsQuery, regionsQuery } from "./queries";
import { useTexts } from "./texts";

/** Regions by team and agent; null where there is nothing to choose, or it is not one's business. */
export function useOwnRegions(): ReadonlyMap<string, string> | null {
  const enabled = useMay()("settings.view");
  const regions = useQuery({ ...regionsQuery, enabled });
  const several = (regions.data?.length ?? 0) > 1;
  const differing = useQuery({ ...differingRegionsQuery, enabled: enabled && several });
  return several && differing.data ? new Map(differing.data.map(({ scope, region }) => [scope, region])) : null;
}

/** A region as it holds for a team or an agent, and the way to choosing it. */
export function RegionLink({ scope, name, region }: { readonly scope: string; readonly name: string; readonly region: string }) {
  const t = useTexts();
  return (
    <Link to={`/settings/network?for=${scope}`} aria-label={t("network.choice.of", { name, region })}>
      {region}
    </Link>
  );
}
