/** The media region of the account, a team or an agent: chosen here, from the next screen recording on. */

import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { api, unwrap } from "../../../api/client";
import { Empty } from "../../../components/empty";
import { Card, Loaded } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { SaveBar } from "../../../components/save-bar";
import { useMay } from "../../../components/use-may";
import { useVersioned } from "../../../components/use-versioned";
import type { NetworkRegion, RegionChoice } from "../queries";
import { differingRegionsQuery, networkQuery, regionChoiceQuery } from "../queries";
import { ScopeChooser, useScope } from "../scope-chooser";
import { useTexts } from "../texts";

/** A choice that is none; regions' names are never empty. */
const INHERITED = "";

export function Choice({ regions }: { readonly regions: readonly NetworkRegion[] }) {
  const t = useTexts();
  const choice = useScope();
  const { scope, level, chosen } = choice;
  const query = useQuery({ ...regionChoiceQuery(scope), enabled: chosen });
  const [only, another] = regions;
  if (only !== undefined && another === undefined && query.data?.region === null && level === "account") {
    return (
      <Card title={t("network.choice.title")}>
        <p className={parts["text"]}>{t("network.choice.only", { region: only.name })}</p>
      </Card>
    );
  }
  return (
    <>
      <Card title={t("network.choice.title")} lead={t("network.choice.lead")}>
        <ScopeChooser choice={choice} />
        {!chosen && <Empty title={t(`recording.choose.${level === "team" ? "team" : "agent"}`)} />}
        {chosen && <Loaded query={query} rows={1}>{(found) => <Form key={scope} scope={scope} level={level} found={found} regions={regions} />}</Loaded>}
      </Card>
      <Differing />
    </>
  );
}

interface FormProps {
  readonly scope: string;
  readonly level: "account" | "team" | "agent";
  readonly found: RegionChoice;
  readonly regions: readonly NetworkRegion[];
}

function Form({ scope, level, found, regions }: FormProps) {
  const t = useTexts();
  const readOnly = !useMay()("settings.manage");
  const form = useVersioned<{ readonly region: string }>({
    saved: { region: found.region ?? INHERITED },
    version: found.version,
    queryKeys: [["media-region"], networkQuery.queryKey],
    save: ({ region }, version) => save(scope, version, region === INHERITED ? null : region),
  });
  const value = form.values?.region ?? INHERITED;
  const home = regions.find((one) => one.home)?.name ?? "";
  const known = regions.map(({ name }) => ({ value: name, label: name }));
  const gone = value !== INHERITED && !regions.some(({ name }) => name === value);
  const touched = form.dirty || form.saved || form.conflict || form.error !== null;
  return (
    <div className={parts["choices"]}>
      <Select
        label={t("network.choice.label")}
        description={t(`network.choice.${level}`, { region: found.effective })}
        w="30rem"
        maw="100%"
        allowDeselect={false}
        disabled={readOnly}
        data={[
          { value: INHERITED, label: level === "account" ? t("network.choice.own", { region: home }) : t("network.choice.inherit") },
          ...known,
          ...(gone ? [{ value, label: t("network.choice.gone", { region: value }) }] : []),
        ]}
        value={value}
        onChange={(region) => {
          form.change({ region: region ?? INHERITED });
        }}
      />
      {!readOnly && touched && <SaveBar form={form} />}
    </div>
  );
}

function save(scope: string, version: number, region: string | null) {
  const body = { version, region };
  if (scope.startsWith("tea_")) return unwrap(api.PUT("/api/v1/media-region/teams/{team_id}", { params: { path: { team_id: scope } }, body }));
  if (scope.startsWith("agt_")) return unwrap(api.PUT("/api/v1/media-region/agents/{agent_id}", { params: { path: { agent_id: scope } }, body }));
  return unwrap(api.PUT("/api/v1/media-region", { body }));
}

/** Teams and agents that have chosen for themselves; nothing where there are none. */
function Differing() {
  const t = useTexts();
  const query = useQuery(differingRegionsQuery);
  if (query.data?.length === 0) return null;
  return (
    <Card flush title={t("network.differs.title")}>
      <Loaded query={query} rows={2}>
        {(items) => (
          <div className={parts["scroll"]}>
            <table className={parts["table"]}>
              <caption className="visually-hidden">{t("network.differs.caption")}</caption>
              <thead>
                <tr>
                  {(["who", "kind", "region"] as const).map((column) => (
                    <th key={column} scope="col">{t(`network.differs.${column}`)}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {items.map(({ scope, name, region }) => (
                  <tr key={scope}>
                    <th scope="row">
                      <Link to={`/settings/network?for=${scope}`} className={parts["cut"] ?? ""} title={name}>{name}</Link>
                    </th>
                    <td>{t(scope.startsWith("tea_") ? "recording.levels.team" : "recording.levels.agent")}</td>
                    <td>{region}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Card>
  );
}
