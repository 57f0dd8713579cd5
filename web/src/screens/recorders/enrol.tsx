/** Enrol a desktop: enter the code that it shows, see what it is, approve it for an agent or refuse it. */

import { Button } from "@mantine/core";
import { Link, useSearchParams } from "react-router";

import { EnterCode } from "./enter-code";
import classes from "./enrol.module.css";
import { EnrolmentDecision } from "./enrolment-decision";
import { formatUserCode, isUserCode } from "./health";
import { useTexts } from "./texts";

export function Enrol() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const code = formatUserCode(search.get("code") ?? "");
  return (
    <>
      <title>{`${t("enrolDesktop")} · Deskreel`}</title>
      <section className={classes["card"]}>
        <h1>{t("enrolDesktop")}</h1>
        {isUserCode(code) ? (
          <EnrolmentDecision
            key={code}
            code={code}
            onOther={() => {
              setSearch({});
            }}
            after={
              <Button component={Link} to="/recorders">
                {t("enrol.toRecorders")}
              </Button>
            }
          />
        ) : (
          <EnterCode
            onCode={(entered) => {
              setSearch({ code: entered });
            }}
          />
        )}
      </section>
    </>
  );
}
