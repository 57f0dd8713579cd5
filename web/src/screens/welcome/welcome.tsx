/** First steps: from an account with nothing to a first recorded call. How far it has come is read off the server. */

import { Button, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Link } from "react-router";

import { recordersQuery } from "../../api/queries";
import { Loading, Page } from "../../components/page";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { NoPermission } from "../settings/frame";
import { featuresQuery, selectionQuery, sourcesQuery } from "../settings/queries";
import { AgentStep } from "./agent-step";
import { CallStep } from "./call-step";
import { DesktopStep } from "./desktop-step";
import type { Facts, Step } from "./facts";
import { STEPS, doneSteps, nextStep } from "./facts";
import { FeaturesStep } from "./features-step";
import { markSeen } from "./first-run";
import { firstCallQuery } from "./queries";
import { TelephonyStep } from "./telephony-step";
import { useTexts } from "./texts";
import { useCandidate } from "./use-candidate";
import classes from "./welcome.module.css";

export function Welcome() {
  return useMay()("settings.manage") ? <Steps /> : <NoPermission />;
}

function useFacts(): { readonly facts: Facts | null; readonly error: unknown; readonly again: () => void } {
  const features = useQuery(featuresQuery);
  const selection = useQuery(selectionQuery);
  const recorders = useQuery(recordersQuery);
  const sources = useQuery(sourcesQuery);
  const call = useQuery(firstCallQuery);
  const queries = [features, selection, recorders, sources, call];
  const again = () => {
    for (const query of queries) void query.refetch();
  };
  const error = queries.find((query) => query.isError)?.error ?? null;
  if (!features.data || !selection.data || !recorders.data || !sources.data || call.data === undefined) return { facts: null, error, again };
  return {
    facts: {
      features: features.data,
      people: selection.data.items,
      recorders: recorders.data,
      sources: sources.data,
      firstCall: call.data,
    },
    error,
    again,
  };
}

function Steps() {
  const t = useTexts();
  const { facts, error, again } = useFacts();
  useEffect(markSeen, []);
  return (
    <div className={classes["page"]}>
      <Page
        title={t("title")}
        lead={t("lead")}
        actions={
          <Button component={Link} to="/activities" variant="default" size="compact-md">
            {t("later")}
          </Button>
        }
      >
        {error !== null && <ProblemNotice error={error} onRetry={again} />}
        {facts === null ? error === null && <Loading rows={6} /> : <List facts={facts} />}
      </Page>
    </div>
  );
}

function List({ facts }: { readonly facts: Facts }) {
  const t = useTexts();
  const done = doneSteps(facts);
  const next = nextStep(done);
  // What is open is the next step, unless the reader chose another.
  const [chosen, setChosen] = useState<Step | "none" | null>(null);
  const candidate = useCandidate(facts.people);
  const open = chosen ?? next;
  // What is going on in a step, or is shown there once, is not to vanish because the step is done by that.
  const hold = (step: Step) => () => {
    setChosen(step);
  };
  const bodies: Readonly<Record<Step, ReactNode>> = {
    features: <FeaturesStep features={facts.features} />,
    agent: (
      <AgentStep
        people={facts.people}
        candidate={candidate}
        onHold={hold("agent")}
        onGoOn={() => {
          setChosen(null);
        }}
      />
    ),
    desktop: <DesktopStep recorders={facts.recorders} candidate={candidate} />,
    telephony: (
      <TelephonyStep sources={facts.sources} recorders={facts.recorders} candidate={candidate} onHold={hold("telephony")} />
    ),
    call: <CallStep id={facts.firstCall} />,
  };
  return (
    <ol className={classes["steps"]}>
      {STEPS.map((step, index) => {
        const shown = open === step || (step === "call" && facts.firstCall !== null);
        const state = done.has(step) ? "done" : step === next ? "next" : "later";
        return (
          <li key={step} className={classes["step"]} data-state={state} data-testid={`step-${step}`}>
            <h2>
              <UnstyledButton
                className={classes["stepHead"] ?? ""}
                aria-expanded={shown}
                onClick={() => {
                  setChosen(open === step ? "none" : step);
                }}
              >
                <span className={classes["number"]} aria-hidden="true">
                  {state === "done" ? "✓" : index + 1}
                </span>
                {t(`steps.${step}.title`)}
                <small>{t(`state.${state}`)}</small>
              </UnstyledButton>
            </h2>
            {shown && <div className={classes["body"]}>{bodies[step]}</div>}
          </li>
        );
      })}
    </ol>
  );
}
