/** Features: what the account has switched on, and how agents are told when screen recording begins. */

import { Radio, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import { Card, Loaded, Page } from "../../components/page";
import classes from "../../components/parts.module.css";
import { SaveBar } from "../../components/save-bar";
import { useMay } from "../../components/use-may";
import { useVersioned } from "../../components/use-versioned";
import type { Features as Saved, SettingValues } from "./queries";
import { featuresQuery, recordingSettingsQuery, selectionQuery } from "./queries";
import { useTexts } from "./texts";

type Switches = Omit<Saved, "version"> & { readonly notice: SettingValues["notice"] | null };

const FEATURES = ["quality_management", "call_recording", "screen_recording"] as const;
const POLICIES = ["new_agents", "agents_see_own"] as const;
export const NOTICES = ["none", "icon", "banner", "acknowledgement"] as const;

export function Features() {
  const t = useTexts();
  const query = useQuery(featuresQuery);
  return (
    <Page title={t("features.title")} lead={t("features.lead")}>
      <Loaded query={query}>{(saved) => <Form saved={saved} />}</Loaded>
    </Page>
  );
}

function Form({ saved }: { readonly saved: Saved }) {
  const t = useTexts();
  const readOnly = !useMay()("settings.manage");
  const { version, ...on } = saved;
  const account = useQuery(recordingSettingsQuery("account"));
  const form = useVersioned<Switches>({
    saved: { ...on, notice: null },
    version,
    queryKeys: [featuresQuery.queryKey, ["recording-settings"], selectionQuery.queryKey],
    save: (_, base, changes) => unwrap(api.PUT("/api/v1/features", { body: { version: base, ...changes } })),
  });
  const values = form.values ?? { ...on, notice: null };
  const noticeChosen = account.data?.origins["notice"] === "account";
  const asksNotice = values.screen_recording && !saved.screen_recording && !noticeChosen;
  const toggle = (name: (typeof FEATURES)[number] | (typeof POLICIES)[number]) => (
    <Switch
      key={name}
      label={t(`features.${name}.label`)}
      description={t(`features.${name}.text`)}
      checked={values[name]}
      disabled={readOnly}
      onChange={(event) => {
        form.change({ [name]: event.currentTarget.checked });
      }}
    />
  );
  return (
    <>
      <Card title={t("features.captured")}>
        <div className={classes["form"]}>
          {FEATURES.map(toggle)}
          {asksNotice && (
            <Radio.Group
              label={t("features.notice.label")}
              description={t("features.notice.text")}
              value={values.notice}
              onChange={(notice) => {
                form.change({ notice: notice as SettingValues["notice"] });
              }}
            >
              <div className={classes["choices"]}>
                {NOTICES.map((one) => (
                  <Radio key={one} value={one} label={t(`notice.${one}.label`)} description={t(`notice.${one}.text`)} />
                ))}
              </div>
            </Radio.Group>
          )}
        </div>
      </Card>
      <Card title={t("features.policies")}>
        <div className={classes["form"]}>{POLICIES.map(toggle)}</div>
      </Card>
      {!readOnly && <SaveBar form={form} />}
    </>
  );
}
