/** The agent's desktop: the command, the code that it shows, approval, and the wait until its recorder is there. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Recorder } from "../../api/client";
import { pendingEnrolmentsQuery } from "../../api/queries";
import { State } from "../../components/state";
import { EnrolmentDecision } from "../recorders/enrolment-decision";
import { EnterCode } from "../recorders/enter-code";
import { useTexts } from "./texts";
import type { Candidates } from "./use-candidate";
import classes from "./welcome.module.css";

interface DesktopStepProps {
  readonly recorders: readonly Recorder[];
  readonly candidate: Candidates;
}

export function DesktopStep({ recorders, candidate }: DesktopStepProps) {
  const t = useTexts();
  const [code, setCode] = useState<string | null>(null);
  const pending = useQuery(pendingEnrolmentsQuery);
  return (
    <div className={classes["form"]}>
      {recorders.length > 0 && (
        <ul className={classes["states"]}>
          {recorders.slice(0, 10).map((one) => (
            <li key={one.id}>
              <State level={one.online ? "good" : "waiting"}>
                {t(one.online ? "steps.desktop.online" : "steps.desktop.offline", { hostname: one.hostname, name: one.agent.name })}
              </State>
            </li>
          ))}
        </ul>
      )}
      {code === null ? (
        <>
          <p>{t("steps.desktop.text")}</p>
          <EnterCode onCode={setCode} />
          <p role="status">
            {pending.data && pending.data.length > 0 ? (
              <State level="waiting">{t("steps.desktop.waits", { names: pending.data.map((one) => one.hostname).join(", ") })}</State>
            ) : (
              t("steps.desktop.nobody")
            )}
          </p>
        </>
      ) : (
        <EnrolmentDecision
          key={code}
          code={code}
          suggested={candidate.chosen?.key}
          onOther={() => {
            setCode(null);
          }}
        />
      )}
    </div>
  );
}
