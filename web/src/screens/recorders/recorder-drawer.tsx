/** Everything that is known of one recorder, and the way to revoke it. */

import { Button, Drawer } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";

import type { Recorder } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { recordersQuery } from "../../api/queries";
import { Fact, FactList } from "../../components/facts";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatBytes, formatCode, formatMoment } from "../../lib/format";
import { formatAge, healthFacts, stateOf } from "./health";
import { CheckRows } from "./last-check";
import classes from "./recorders.module.css";
import { useTexts } from "./texts";

interface RecorderDrawerProps {
  readonly recorder: Recorder | null;
  readonly mayRevoke: boolean;
  readonly onClose: () => void;
}

export function RecorderDrawer({ recorder, mayRevoke, onClose }: RecorderDrawerProps) {
  const t = useTexts();
  return (
    <Drawer
      opened={recorder !== null}
      onClose={onClose}
      position="right"
      size="28rem"
      title={recorder === null ? "" : t("drawer.title", { name: recorder.agent.name })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      classNames={{ title: classes["drawerTitle"] ?? "", header: classes["drawerHead"] ?? "", body: classes["drawerBody"] ?? "" }}
    >
      {recorder !== null && <Details key={recorder.id} recorder={recorder} mayRevoke={mayRevoke} onClose={onClose} />}
    </Drawer>
  );
}

function Details({ recorder, mayRevoke, onClose }: RecorderDrawerProps & { readonly recorder: Recorder }) {
  const t = useTexts();
  const now = useNow(10_000);
  const { observed } = recorder;
  const facts = healthFacts(observed?.health, t);
  return (
    <>
      <FactList>
        <Fact name={t("columns.state")}>{t(`states.${stateOf(recorder)}`)}</Fact>
        {recorder.online && recorder.online_since !== null && <Fact name={t("drawer.onlineSince")}>{formatMoment(recorder.online_since, now)}</Fact>}
        <Fact name={t("drawer.heardLast")}>
          {recorder.last_seen_at === null
            ? t("drawer.never")
            : t("drawer.ago", {
                moment: formatMoment(recorder.last_seen_at, now),
                age: formatAge(Math.max(0, now - recorder.last_seen_at), t),
              })}
        </Fact>
        <Fact name={t("drawer.host")}>{recorder.hostname}</Fact>
        <Fact name={t("drawer.platform")}>{recorder.platform || "–"}</Fact>
        <Fact name={t("drawer.version")}>{recorder.version || "–"}</Fact>
        <Fact name={t("drawer.enrolled")}>{formatMoment(recorder.enrolled_at, now)}</Fact>
        <Fact name={t("drawer.credential")}>{formatMoment(recorder.credential_expires_at, now)}</Fact>
        <Fact name={t("drawer.id")}>
          <code>{recorder.id}</code>
        </Fact>
      </FactList>
      {observed?.problem && (
        <div className={classes["notice"]} role="alert">
          <strong>{formatCode(observed.problem)}</strong>
          {observed.problem_detail && <div>{observed.problem_detail}</div>}
          {recorder.problem_hint && <div>{recorder.problem_hint}</div>}
        </div>
      )}
      {observed === null && <p className={classes["quiet"]}>{t("drawer.noReport")}</p>}
      {facts.length > 0 && (
        <Section title={recorder.online ? t("drawer.health") : t("drawer.healthLast")}>
          <FactList>
            {facts.map(([name, value]) => (
              <Fact key={name} name={name}>
                {value}
              </Fact>
            ))}
            {typeof observed?.clock_offset_ms === "number" && (
              <Fact name={t("drawer.clock")}>
                {Math.round(observed.clock_offset_ms)} ms
                {typeof observed.clock_uncertainty_ms === "number" && ` ± ${String(Math.round(observed.clock_uncertainty_ms))} ms`}
              </Fact>
            )}
          </FactList>
        </Section>
      )}
      <Section title={t("check.title")}>
        {recorder.last_check === null ? (
          <p className={classes["quiet"]}>{t("check.none")}</p>
        ) : (
          <CheckRows recorderId={recorder.id} check={recorder.last_check} now={now} />
        )}
      </Section>
      {observed && observed.health && observed.health.adaptations.length > 0 && (
        <Section title={t("drawer.adapted")}>
          <ul className={classes["list"]}>
            {observed.health.adaptations.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Section>
      )}
      {observed && observed.monitors.length > 0 && (
        <Section title={t("drawer.monitors")}>
          <ul className={classes["list"]}>
            {observed.monitors.map((one) => (
              <li key={one.name} className="tabular">
                {one.name}
                <span>{t("drawer.monitor", { width: one.width, height: one.height, x: one.x, y: one.y })}</span>
                <span>{[one.primary && t("drawer.primary"), one.active && t("drawer.inPicture")].filter(Boolean).join(", ")}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {observed && observed.backlog.length > 0 && (
        <Section title={t("drawer.waiting")}>
          <ul className={classes["list"]}>
            {observed.backlog.map((one) => (
              <li key={one.screen_recording_id} className="tabular">
                {t("chunks", { count: one.chunks, size: formatBytes(one.bytes) })}
                <code>{one.screen_recording_id}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {mayRevoke && <Revoke recorder={recorder} onRevoked={onClose} />}
    </>
  );
}

function Revoke({ recorder, onRevoked }: { readonly recorder: Recorder; readonly onRevoked: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/recorders/{recorder_id}/revoke", { params: { path: { recorder_id: recorder.id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: recordersQuery.queryKey });
      onRevoked();
    },
  });
  return (
    <Section title={t("revoke.title")}>
      {revoke.isError && <ProblemNotice error={revoke.error} />}
      {asking ? (
        <>
          <p>{t("revoke.text", { hostname: recorder.hostname, name: recorder.agent.name })}</p>
          <div className={classes["actions"]}>
            <Button
              color="red"
              loading={revoke.isPending}
              onClick={() => {
                revoke.mutate();
              }}
            >
              {t("revoke.yes")}
            </Button>
            <Button
              variant="default"
              autoFocus
              onClick={() => {
                setAsking(false);
              }}
            >
              {t("revoke.no")}
            </Button>
          </div>
        </>
      ) : (
        <Button
          variant="default"
          size="compact-md"
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("revoke.ask")}
        </Button>
      )}
    </Section>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes["section"]}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
