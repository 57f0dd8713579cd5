/** Switch everything on, with the explicit choice of how agents are told. */

import { Button, Radio } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { api, unwrap } from "../../api/client";
import { ProblemNotice } from "../../components/problem-notice";
import { NOTICES } from "../settings/features";
import type { Features } from "../settings/queries";
import { featuresQuery, selectionQuery } from "../settings/queries";
import { allOn } from "./facts";
import { useTexts } from "./texts";
import classes from "./welcome.module.css";

export function FeaturesStep({ features }: { readonly features: Features }) {
  const t = useTexts();
  const { t: settings } = useTranslation("settings");
  const client = useQueryClient();
  const [notice, setNotice] = useState<string | null>(null);
  const switchOn = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/features", {
          body: {
            version: features.version,
            quality_management: true,
            call_recording: true,
            screen_recording: true,
            ...(notice === null ? {} : { notice: notice as (typeof NOTICES)[number] }),
          },
        }),
      ),
    onSettled: () => Promise.all([featuresQuery, selectionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey }))),
  });
  if (allOn(features)) {
    return (
      <p>
        {t("steps.features.done")} <Link to="/settings/features">{t("steps.features.change")}</Link>
      </p>
    );
  }
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        switchOn.mutate();
      }}
    >
      <p>{t("steps.features.text")}</p>
      <Radio.Group label={settings("features.notice.label")} description={t("steps.features.notice")} value={notice} onChange={setNotice}>
        <div className={classes["choices"]}>
          {NOTICES.map((one) => (
            <Radio key={one} value={one} label={settings(`notice.${one}.label`)} description={settings(`notice.${one}.text`)} />
          ))}
        </div>
      </Radio.Group>
      {switchOn.isError && <ProblemNotice error={switchOn.error} />}
      <div className={classes["actions"]}>
        <Button type="submit" loading={switchOn.isPending}>
          {t("steps.features.switchOn")}
        </Button>
      </div>
    </form>
  );
}
