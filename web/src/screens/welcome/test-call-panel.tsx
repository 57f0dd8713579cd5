/** Make a test call from this page and watch it; without a secure context, the command that does the same. */

import { Button, NumberInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";

import type { Recorder } from "../../api/client";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { Command } from "../recorders/command";
import { sourcesQuery } from "../settings/queries";
import type { Progress } from "./caller";
import { SOURCE, endCall, makeCall, openCall } from "./caller";
import { firstCallQuery } from "./queries";
import { useTexts } from "./texts";
import type { Candidate } from "./use-candidate";
import classes from "./welcome.module.css";

interface TestCallPanelProps {
  readonly candidate: Candidate | null;
  readonly recorders: readonly Recorder[];
  readonly onStart: () => void;
}

export function TestCallPanel({ candidate, recorders, onStart }: TestCallPanelProps) {
  const t = useTexts();
  if (candidate === null) return <p>{t("call.nobody")}</p>;
  const online = recorders.some((one) => one.agent.id === candidate.agentId && one.online);
  return (
    <>
      <p>{t("call.text", { name: candidate.name })}</p>
      {!online && <p className={classes["warning"]}>{t("call.noRecorder", { name: candidate.name })}</p>}
      {window.isSecureContext ? (
        <Caller candidate={candidate} onStart={onStart} />
      ) : (
        <>
          <p>{t("call.insecure")}</p>
          <Command text={`deskreel call simulate --agent ${quoted(candidate.identity)} --seconds 20 --acw 5`} />
        </>
      )}
    </>
  );
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w@./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function Caller({ candidate, onStart }: { readonly candidate: Candidate; readonly onStart: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [seconds, setSeconds] = useState(20);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [left, setLeft] = useState(openCall);
  const hangUp = useRef<AbortController | null>(null);
  const refresh = () => Promise.all([sourcesQuery, firstCallQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })));
  const call = useMutation({
    mutationFn: async () => {
      hangUp.current = new AbortController();
      await makeCall(candidate.identity, seconds, hangUp.current.signal, setProgress);
    },
    onSettled: () => {
      setProgress(null);
      setLeft(openCall());
      return refresh();
    },
  });
  const end = useMutation({
    mutationFn: endCall,
    onSuccess: () => {
      setLeft(null);
      return refresh();
    },
  });
  useAskBeforeUnload(call.isPending);
  if (left !== null && !call.isPending) {
    return (
      <div className={classes["form"]}>
        <p className={classes["warning"]}>{t("call.open")}</p>
        {end.isError && <ProblemNotice error={end.error} />}
        <div className={classes["actions"]}>
          <Button loading={end.isPending} onClick={() => { end.mutate(left); }}>
            {t("call.endOpen")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={classes["form"]}>
      {call.isPending ? (
        <Running progress={progress} onHangUp={() => hangUp.current?.abort()} />
      ) : (
        <div className={classes["inline"]}>
          <NumberInput
            label={t("call.seconds")}
            w="9rem"
            min={5}
            max={600}
            suffix=" s"
            allowDecimal={false}
            clampBehavior="blur"
            value={seconds}
            onChange={(value) => { setSeconds(typeof value === "number" ? value : 20); }}
          />
          <Button
            onClick={() => {
              onStart();
              call.mutate();
            }}
          >
            {t("call.start")}
          </Button>
        </div>
      )}
      {call.isError && <ProblemNotice error={call.error} />}
      {call.isSuccess && (
        <p role="status">
          {t("call.over", { source: SOURCE })} <Link to="/settings/telephony">{t("steps.telephony.toSettings")}</Link>
        </p>
      )}
    </div>
  );
}

function Running({ progress, onHangUp }: { readonly progress: Progress | null; readonly onHangUp: () => void }) {
  const t = useTexts();
  const now = useNow(500);
  const left = progress === null ? 0 : Math.max(0, Math.ceil((progress.until - now) / 1000));
  return (
    <div className={classes["inline"]}>
      <p className={classes["running"]} data-testid="test-call" data-phase={progress?.phase ?? "dialling"}>
        {progress === null ? t("call.dialling") : t(`call.${progress.phase}`, { count: left })}
      </p>
      <Button variant="default" onClick={onHangUp} disabled={progress === null}>
        {t("call.hangUp")}
      </Button>
    </div>
  );
}

/** A call that this page makes ends with this page. */
function useAskBeforeUnload(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("beforeunload", ask);
    };
  }, [active]);
}
