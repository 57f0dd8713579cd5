/** Where calls come from: a test call from this page, an Asterisk, or one's own platform over the API. */

import { Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import type { Recorder } from "../../api/client";
import { State } from "../../components/state";
import type { TelephonySource } from "../settings/queries";
import { TestCallPanel } from "./test-call-panel";
import { useTexts } from "./texts";
import type { Candidates } from "./use-candidate";
import classes from "./welcome.module.css";

const WAYS = ["test", "asterisk", "api"] as const;

interface TelephonyStepProps {
  readonly sources: readonly TelephonySource[];
  readonly recorders: readonly Recorder[];
  readonly candidate: Candidates;
  readonly onHold: () => void;
}

export function TelephonyStep({ sources, recorders, candidate, onHold }: TelephonyStepProps) {
  const t = useTexts();
  const [way, setWay] = useState<(typeof WAYS)[number]>("test");
  return (
    <div className={classes["form"]}>
      {sources.length > 0 && (
        <ul className={classes["states"]}>
          {sources.map((one) => (
            <li key={one.id}>
              <State level={one.status.state === "connected" ? "good" : one.status.state === "lost" ? "bad" : "waiting"}>
                {t(one.status.last_event_at === null ? "steps.telephony.notHeard" : "steps.telephony.heard", { name: one.name })}
              </State>
            </li>
          ))}
        </ul>
      )}
      <SegmentedControl
        aria-label={t("steps.telephony.way")}
        data={WAYS.map((value) => ({ value, label: t(`steps.telephony.ways.${value}`) }))}
        value={way}
        onChange={(value) => {
          setWay(value as (typeof WAYS)[number]);
        }}
      />
      {way === "test" ? (
        <TestCallPanel candidate={candidate.chosen} recorders={recorders} onStart={onHold} />
      ) : (
        <>
          <p>{t(`steps.telephony.text.${way}`)}</p>
          <div className={classes["actions"]}>
            <Button component={Link} to="/settings/telephony">
              {t("steps.telephony.toSettings")}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
