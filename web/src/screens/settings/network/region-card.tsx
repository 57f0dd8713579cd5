/** One media region as admins of networks need it: hosts, addresses, what has to be open, what is amiss. */

import { CopyText } from "../../../components/copy-text";
import { Fact, FactList } from "../../../components/facts";
import { Card } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { State } from "../../../components/state";
import { useNow } from "../../../components/use-now";
import { formatMoment } from "../../../lib/format";
import type { NetworkRegion, Opening } from "../queries";
import { useTexts } from "../texts";
import { addressesOf, allowList } from "./allow-list";
import classes from "./network.module.css";

interface RegionCardProps {
  readonly server: Opening;
  readonly region: NetworkRegion;
}

export function RegionCard({ server, region }: RegionCardProps) {
  const t = useTexts();
  const { name, home, gateway_url, turn_host, ipv4, ipv6, warnings } = region;
  const addresses = addressesOf(region);
  const list = allowList(server, region, {
    head: t("network.list.head", { name }),
    addresses: t("network.list.addresses"),
    udp: t("network.list.udp"),
    purpose: ({ purpose }) => t(`network.purposes.${purpose}`),
  });
  return (
    <Card
      title={t("network.region.title", { name })}
      {...(home ? { lead: t("network.region.home") } : {})}
      actions={
        <span className={parts["rowActions"]}>
          {addresses.length > 0 && <CopyText label={t("network.region.copyAddresses")} value={`${addresses.join("\n")}\n`} />}
          <CopyText label={t("network.region.copyList")} value={list} />
        </span>
      }
    >
      {warnings.length > 0 && (
        <ul className={classes["warnings"]}>
          {warnings.map((warning) => (
            <li key={warning} className={parts["note"]}>{t(`network.warnings.${warning}`, { name })}</li>
          ))}
        </ul>
      )}
      <FactList>
        <Fact name={t("network.region.gateway")}>{gateway_url === null ? t("network.region.none") : <code>{gateway_url}</code>}</Fact>
        <Fact name={t("network.region.turn")}>{turn_host === null ? t("network.region.none") : <code>{turn_host}</code>}</Fact>
        <Fact name={t("network.region.ipv4")}>{ipv4.length === 0 ? t("network.region.unpublished") : <code>{ipv4.join(", ")}</code>}</Fact>
        <Fact name={t("network.region.ipv6")}>{ipv6 === null ? t("network.region.unpublished") : <code>{ipv6}</code>}</Fact>
        <Fact name={t("network.region.worker")}>
          <Worker region={region} />
        </Fact>
      </FactList>
      <Openings server={server} region={region} />
    </Card>
  );
}

function Worker({ region: { worker_seen_at, warnings } }: { readonly region: NetworkRegion }) {
  const t = useTexts();
  const now = useNow(30_000);
  if (worker_seen_at === null) return <State level="off">{t("network.region.workerNever")}</State>;
  const moment = formatMoment(worker_seen_at, now);
  return <State level={warnings.includes("worker_silent") ? "bad" : "good"}>{t("network.region.workerSeen", { moment })}</State>;
}

function Openings({ server, region }: RegionCardProps) {
  const t = useTexts();
  return (
    <div className={classes["openings"]}>
      <table className={parts["table"]}>
        <caption className="visually-hidden">{t("network.region.openings", { name: region.name })}</caption>
        <thead>
          <tr>
            {(["host", "port", "what", "needed"] as const).map((column) => (
              <th key={column} scope="col">{t(`network.columns.${column}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[server, ...region.openings].map((opening) => (
            <tr key={`${opening.purpose} ${opening.host} ${String(opening.port)} ${opening.protocol}`} data-testid="opening">
              <th scope="row"><code>{opening.host}</code></th>
              <td className={parts["nowrap"]}>{portText(opening, t("network.anyPort"))}</td>
              <td>{t(`network.purposes.${opening.purpose}`)}</td>
              <td className={parts["nowrap"]}>{t(opening.live_only ? "network.needed.live" : "network.needed.always")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** "443/TCP", "TLS/443" for a relay over TLS, as administrators of firewalls write them. */
function portText({ port, protocol, purpose }: Opening, any: string): string {
  if (port === null) return any;
  return `${purpose === "turn_tls" ? "TLS" : protocol.toUpperCase()}/${String(port)}`;
}
