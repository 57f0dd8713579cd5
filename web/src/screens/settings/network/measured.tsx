/** What a client needs, and what the recorders of this installation have measured. */

import { Empty } from "../../../components/empty";
import { Card } from "../../../components/page";
import { Fact, FactList } from "../../../components/facts";
import parts from "../../../components/parts.module.css";
import { formatNumber } from "../../../lib/format";
import type { NetworkReport, Spread } from "../queries";
import { useTexts } from "../texts";
import classes from "./network.module.css";

export function Bandwidth({ needs }: { readonly needs: NetworkReport["bandwidth"] }) {
  const t = useTexts();
  const kbps = (value: number) => ({ kbps: formatNumber(value) });
  return (
    <Card title={t("network.bandwidth.title")} lead={t("network.bandwidth.lead")}>
      <FactList>
        <Fact name={t("network.bandwidth.minimum")}>{t("network.bandwidth.onTop", { ...kbps(needs.minimum), audio: formatNumber(needs.call_audio) })}</Fact>
        <Fact name={t("network.bandwidth.several")}>{t("network.bandwidth.more", kbps(needs.several_monitors))}</Fact>
        <Fact name={t("network.bandwidth.perClient")}>{t("network.bandwidth.bothWays", kbps(needs.per_client))}</Fact>
        <Fact name={t("network.bandwidth.loss")}>{t("network.bandwidth.below", { value: `${String(needs.loss_percent)} %` })}</Fact>
        <Fact name={t("network.bandwidth.jitter")}>{t("network.bandwidth.below", { value: `${String(needs.jitter_ms)} ms` })}</Fact>
        <Fact name={t("network.bandwidth.cpu")}>{t("network.bandwidth.below", { value: `${String(needs.cpu_percent)} %` })}</Fact>
      </FactList>
    </Card>
  );
}

const SPREADS = [
  ["upload_kbps", "kbit/s"],
  ["rtt_ms", "ms"],
  ["loss_percent", "%"],
  ["jitter_ms", "ms"],
] as const;
const RUNGS = ["direct", "turn-udp", "turn-tcp", "turn-tls", "https"] as const;

export function Measured({ of }: { readonly of: NetworkReport["measured"] }) {
  const t = useTexts();
  if (of.recorders === 0 && of.mb_per_hour === null) {
    return (
      <Card title={t("network.measured.title")}>
        <Empty title={t("network.measured.none")}>
          <p>{t("network.measured.noneText")}</p>
        </Empty>
      </Card>
    );
  }
  const live = RUNGS.filter((rung) => (of.rungs[rung] ?? 0) > 0).map((rung) => t(`network.rungs.${rung}`, { count: of.rungs[rung] ?? 0 }));
  const trouble = of.checks.filter(({ warning, failed }) => warning + failed > 0);
  return (
    <Card title={t("network.measured.title")} lead={t("network.measured.lead", { count: of.recorders, online: formatNumber(of.online) })}>
      <FactList>
        <Fact name={t("network.measured.size")}>
          {of.mb_per_hour === null
            ? "–"
            : t("network.measured.sizeText", { mb: formatNumber(of.mb_per_hour, of.mb_per_hour < 100 ? 1 : 0), hours: formatNumber(of.hours, of.hours < 10 ? 1 : 0) })}
        </Fact>
        <Fact name={t("network.measured.checks")}>
          {t("network.measured.checksText", {
            checked: formatNumber(of.checked),
            ok: formatNumber(of.checked - of.check_warnings - of.check_failures),
            warnings: formatNumber(of.check_warnings),
            failures: formatNumber(of.check_failures),
          })}
        </Fact>
        {live.length > 0 && <Fact name={t("network.measured.rungs")}>{live.join(", ")}</Fact>}
      </FactList>
      <Spreads of={of} />
      {trouble.length > 0 && <Trouble rows={trouble} />}
    </Card>
  );
}

function Spreads({ of }: { readonly of: NetworkReport["measured"] }) {
  const t = useTexts();
  const known = SPREADS.flatMap(([name, unit]): readonly (readonly [typeof name, string, Spread])[] => {
    const spread = of[name];
    return spread === null ? [] : [[name, unit, spread]];
  });
  if (known.length === 0) return null;
  return (
    <div className={classes["openings"]}>
      <table className={parts["table"]}>
        <caption className="visually-hidden">{t("network.measured.caption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("network.measured.figure")}</th>
            {(["median", "p5", "p95", "recorders"] as const).map((column) => (
              <th key={column} scope="col" className={parts["end"]}>{t(`network.measured.${column}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {known.map(([name, unit, { median, p5, p95, recorders }]) => (
            <tr key={name}>
              <th scope="row">{t(`network.measured.${name}`)}</th>
              {[median, p5, p95].map((value, index) => (
                <td key={index} className={`tabular ${parts["end"] ?? ""}`}>
                  {formatNumber(value, value < 10 ? 1 : 0)} {unit}
                </td>
              ))}
              <td className={`tabular ${parts["end"] ?? ""}`}>{formatNumber(recorders)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Trouble({ rows }: { readonly rows: NetworkReport["measured"]["checks"] }) {
  const t = useTexts();
  return (
    <div className={classes["openings"]}>
      <table className={parts["table"]}>
        <caption className={classes["caption"]}>{t("network.measured.trouble")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("network.measured.check")}</th>
            <th scope="col" className={parts["end"]}>{t("network.measured.warning")}</th>
            <th scope="col" className={parts["end"]}>{t("network.measured.failed")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ check, title, warning, failed }) => (
            <tr key={check}>
              <th scope="row">{title}</th>
              <td className={`tabular ${parts["end"] ?? ""}`}>{formatNumber(warning)}</td>
              <td className={`tabular ${parts["end"] ?? ""}`}>{formatNumber(failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
