/** Everything that is known of one recorder, and the way to revoke it. */

import { Button, Drawer } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";

import type { Recorder } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { recordersQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatBytes, formatCode, formatMoment } from "../../lib/format";
import { formatAge, healthFacts, stateName, stateOf } from "../../lib/recorders";
import classes from "./recorders.module.css";

interface RecorderDrawerProps {
  readonly recorder: Recorder | null;
  readonly mayRevoke: boolean;
  readonly onClose: () => void;
}

export function RecorderDrawer({ recorder, mayRevoke, onClose }: RecorderDrawerProps) {
  return (
    <Drawer
      opened={recorder !== null}
      onClose={onClose}
      position="right"
      size="28rem"
      title={recorder === null ? "" : `Recorder of ${recorder.agent.name}`}
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{ title: classes["drawerTitle"] ?? "", header: classes["drawerHead"] ?? "", body: classes["drawerBody"] ?? "" }}
    >
      {recorder !== null && <Details key={recorder.id} recorder={recorder} mayRevoke={mayRevoke} onClose={onClose} />}
    </Drawer>
  );
}

function Details({ recorder, mayRevoke, onClose }: RecorderDrawerProps & { readonly recorder: Recorder }) {
  const now = useNow(10_000);
  const { observed } = recorder;
  const facts = healthFacts(observed?.health);
  return (
    <>
      <dl className={classes["facts"]}>
        <Fact name="State">{stateName(stateOf(recorder))}</Fact>
        {recorder.online && recorder.online_since !== null && <Fact name="Online since">{formatMoment(recorder.online_since, now)}</Fact>}
        <Fact name="Heard of last">
          {recorder.last_seen_at === null ? "never" : `${formatMoment(recorder.last_seen_at, now)}, ${formatAge(Math.max(0, now - recorder.last_seen_at))} ago`}
        </Fact>
        <Fact name="Host">{recorder.hostname}</Fact>
        <Fact name="Platform">{recorder.platform || "–"}</Fact>
        <Fact name="Version">{recorder.version || "–"}</Fact>
        <Fact name="Enrolled">{formatMoment(recorder.enrolled_at, now)}</Fact>
        <Fact name="Credential until">{formatMoment(recorder.credential_expires_at, now)}</Fact>
        <Fact name="Id">
          <code>{recorder.id}</code>
        </Fact>
      </dl>
      {observed?.problem && (
        <div className={classes["notice"]} role="alert">
          <strong>{formatCode(observed.problem)}</strong>
          {observed.problem_detail && <div>{observed.problem_detail}</div>}
          {recorder.problem_hint && <div>{recorder.problem_hint}</div>}
        </div>
      )}
      {observed === null && <p className={classes["quiet"]}>It has not reported yet: start it on the desktop.</p>}
      {facts.length > 0 && (
        <Section title={recorder.online ? "Health" : "Health, as reported last"}>
          <dl className={classes["facts"]}>
            {facts.map(([name, value]) => (
              <Fact key={name} name={name}>
                {value}
              </Fact>
            ))}
            {typeof observed?.clock_offset_ms === "number" && (
              <Fact name="Clock behind server">
                {Math.round(observed.clock_offset_ms)} ms
                {typeof observed.clock_uncertainty_ms === "number" && ` ± ${String(Math.round(observed.clock_uncertainty_ms))} ms`}
              </Fact>
            )}
          </dl>
        </Section>
      )}
      {observed && observed.health && observed.health.adaptations.length > 0 && (
        <Section title="Adapted now">
          <ul className={classes["list"]}>
            {observed.health.adaptations.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Section>
      )}
      {observed && observed.monitors.length > 0 && (
        <Section title="Monitors">
          <ul className={classes["list"]}>
            {observed.monitors.map((one) => (
              <li key={one.name} className="tabular">
                {one.name}
                <span>
                  {one.width} × {one.height} at {one.x}, {one.y}
                </span>
                <span>{[one.primary && "primary", one.active && "in the picture"].filter(Boolean).join(", ")}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {observed && observed.backlog.length > 0 && (
        <Section title="Waiting to be sent">
          <ul className={classes["list"]}>
            {observed.backlog.map((one) => (
              <li key={one.screen_recording_id} className="tabular">
                {one.chunks} chunks, {formatBytes(one.bytes)}
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
    <Section title="Revoke">
      {revoke.isError && <ProblemNotice error={revoke.error} />}
      {asking ? (
        <>
          <p>
            {recorder.hostname} stops capturing and sending at once. What it has not sent stays on its disk until it is enrolled
            again for {recorder.agent.name}.
          </p>
          <div className={classes["actions"]}>
            <Button
              color="red"
              loading={revoke.isPending}
              onClick={() => {
                revoke.mutate();
              }}
            >
              Revoke it
            </Button>
            <Button
              variant="default"
              autoFocus
              onClick={() => {
                setAsking(false);
              }}
            >
              Keep it
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
          Revoke this recorder…
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

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="tabular">{children}</dd>
    </>
  );
}
