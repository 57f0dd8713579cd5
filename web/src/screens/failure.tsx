/** Pages for what should not happen, and for addresses that lead nowhere. */

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";

import { Empty } from "../components/empty";
import { IconWarning } from "../components/icons";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty alone title={t("failure.notFound")}>
      <p>{t("failure.notFoundText")}</p>
      <Button component={Link} to="/activities" variant="default" size="compact-md">
        {t("failure.toActivities")}
      </Button>
    </Empty>
  );
}

export function Failure() {
  const { t } = useTranslation();
  const error = useRouteError();
  const outdated = isOutdated(error);
  return (
    <Empty alone icon={<IconWarning size={32} />} title={t("failure.failed")}>
      <p>{outdated ? t("failure.outdated") : error instanceof Error ? error.message : t("failure.unknown")}</p>
      {!outdated && <p>{t("failure.reloadText")}</p>}
      <Button
        variant="default"
        size="compact-md"
        onClick={() => {
          window.location.reload();
        }}
      >
        {t("failure.reload")}
      </Button>
    </Empty>
  );
}

/** A page's code that is gone: the server was updated since this page was opened. */
function isOutdated(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}
