/** Back to the list as it was: with its filters, at the same place. */

import { Link, useLocation } from "react-router";

import { IconLeft } from "../../components/icons";
import classes from "./activity-details.module.css";
import { useTexts } from "./texts";

export function BackLink() {
  const t = useTexts();
  const { state } = useLocation() as { state: { list?: unknown } | null };
  const list = typeof state?.list === "string" ? state.list : "";
  return (
    <Link to={`/activities${list}`} className={classes["back"]}>
      <IconLeft size={16} />
      {t("back")}
    </Link>
  );
}
