/** Network: in which media region recordings are kept, what has to be open to it, what was measured. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { Loaded, Page } from "../../../components/page";
import { networkQuery } from "../queries";
import { useTexts } from "../texts";
import { Choice } from "./choice";
import { Bandwidth, Measured } from "./measured";
import { RegionCard } from "./region-card";

export function Network() {
  const t = useTexts();
  const query = useQuery(networkQuery);
  return (
    <Page
      title={t("network.title")}
      lead={t("network.lead")}
      actions={
        <Button component={Link} to="/network-check" size="compact-md">
          {t("network.check")}
        </Button>
      }
    >
      <Loaded query={query} rows={8}>
        {({ server, regions, bandwidth, measured }) => (
          <>
            <Choice regions={regions} />
            {regions.map((region) => (
              <RegionCard key={region.name} server={server} region={region} />
            ))}
            <Bandwidth needs={bandwidth} />
            <Measured of={measured} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
