/** The first recorded call: waited for, then linked to. */

import { Button, Loader } from "@mantine/core";
import { Link } from "react-router";

import { useTexts } from "./texts";
import classes from "./welcome.module.css";

export function CallStep({ id }: { readonly id: string | null }) {
  const t = useTexts();
  if (id === null) {
    return (
      <p className={classes["waiting"]} role="status">
        <Loader size="xs" />
        {t("steps.call.waiting")}
      </p>
    );
  }
  return (
    <div className={classes["form"]}>
      <p role="status">{t("steps.call.done")}</p>
      <div className={classes["actions"]}>
        <Button component={Link} to={`/activities/${id}`}>
          {t("steps.call.watch")}
        </Button>
        <Button component={Link} to="/settings" variant="default">
          {t("steps.call.settings")}
        </Button>
      </div>
    </div>
  );
}
