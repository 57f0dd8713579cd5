/** One telephony source: how it stands, what a test of it saw, and its switches. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "../../../api/client";
import { ConfirmButton } from "../../../components/dialogs";
import { Fact, FactList } from "../../../components/facts";
import { Card } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import type { Level } from "../../../components/state";
import { State } from "../../../components/state";
import { useNow } from "../../../components/use-now";
import { formatLength, formatMoment } from "../../../lib/format";
import type { TelephonySource } from "../queries";
import { sourcesQuery } from "../queries";
import { useTexts } from "../texts";

const LEVELS: Readonly<Record<TelephonySource["status"]["state"], Level>> = {
  off: "off",
  waiting: "waiting",
  connected: "good",
  lost: "bad",
};

interface SourceCardProps {
  readonly source: TelephonySource;
  readonly manages: boolean;
  readonly onEdit: () => void;
  readonly onSecret: (secret: string) => void;
}

export function SourceCard({ source, manages, onEdit, onSecret }: SourceCardProps) {
  const t = useTexts();
  const client = useQueryClient();
  const now = useNow(5000);
  const params = { path: { source_id: source.id } };
  const refresh = () => client.invalidateQueries({ queryKey: sourcesQuery.queryKey });
  const test = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/telephony-sources/{source_id}/test", { params })),
    onSuccess: refresh,
  });
  const toggle = useMutation({
    mutationFn: () => unwrap(api.PATCH("/api/v1/telephony-sources/{source_id}", { params, body: { active: !source.active } })),
    onSuccess: refresh,
  });
  const { status } = source;
  return (
    <Card
      title={source.name}
      lead={source.asterisk ? `Asterisk · ${source.asterisk.host}:${String(source.asterisk.port)}` : t("telephony.kinds.call_events")}
      actions={<State level={LEVELS[status.state]}>{t(`telephony.states.${status.state}`)}</State>}
    >
      <FactList>
        <Fact name={t("telephony.since")}>{status.since === null ? "–" : formatMoment(status.since, now)}</Fact>
        <Fact name={t("telephony.lastEvent")}>{status.last_event_at === null ? t("telephony.never") : formatMoment(status.last_event_at, now)}</Fact>
        <Fact name={t("telephony.lag")}>{status.lag_ms === null ? "–" : formatLength(status.lag_ms)}</Fact>
        {source.kind === "call_events" && (
          <Fact name={t("telephony.secrets")}>
            {source.old_secret_until === null
              ? t("telephony.secretCount", { count: source.secrets })
              : t("telephony.rotating", { until: formatMoment(source.old_secret_until, now) })}
          </Fact>
        )}
        {status.error && (
          <Fact name={t("telephony.error")}>
            {status.error}
            {status.hint && <div className={parts["muted"]}>{status.hint}</div>}
          </Fact>
        )}
      </FactList>
      {test.isError && <ProblemNotice error={test.error} />}
      {toggle.isError && <ProblemNotice error={toggle.error} />}
      {test.isSuccess && (
        <div className={parts["result"]} data-ok={test.data.ok} role="status">
          <strong>{test.data.ok ? t("telephony.testOk") : t("telephony.testFailed")}</strong>
          <div>{test.data.detail}</div>
          {test.data.hint && <div>{test.data.hint}</div>}
          <Found found={test.data.found ?? {}} />
        </div>
      )}
      {manages && (
        <div className={parts["actions"]}>
          <Button size="compact-sm" variant="light" loading={test.isPending} onClick={() => { test.mutate(); }}>
            {t("telephony.test")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onEdit} aria-label={t("telephony.editOf", { name: source.name })}>
            {t("common:action.edit")}
          </Button>
          <Button size="compact-sm" variant="default" loading={toggle.isPending} onClick={() => { toggle.mutate(); }}>
            {source.active ? t("telephony.switchOff") : t("telephony.switchOn")}
          </Button>
          {source.kind === "call_events" && (
            <ConfirmButton
              label={t("telephony.rotate")}
              title={t("telephony.rotateTitle", { name: source.name })}
              text={t("telephony.rotateText")}
              danger={false}
              act={async () => {
                const made = await unwrap(api.POST("/api/v1/telephony-sources/{source_id}/rotate", { params }));
                await refresh();
                if (made.secret !== null) onSecret(made.secret);
              }}
            />
          )}
          {source.secrets > 1 && (
            <ConfirmButton
              label={t("telephony.retire")}
              title={t("telephony.retireTitle", { name: source.name })}
              text={t("telephony.retireText")}
              act={async () => {
                await unwrap(api.DELETE("/api/v1/telephony-sources/{source_id}/old-secret", { params }));
                await refresh();
              }}
            />
          )}
          <ConfirmButton
            label={t("telephony.remove")}
            about={t("telephony.removeOf", { name: source.name })}
            title={t("telephony.removeOf", { name: source.name })}
            text={t("telephony.removeText")}
            act={async () => {
              await unwrap(api.DELETE("/api/v1/telephony-sources/{source_id}", { params }));
              await refresh();
            }}
          />
        </div>
      )}
    </Card>
  );
}

const SAW = ["agents", "in_calls", "channels"] as const;

/** What a test saw: the agents that the PBX knows, who is in a call, how many channels are up. */
function Found({ found }: { readonly found: Readonly<Record<string, unknown>> }) {
  const t = useTexts();
  const seen = SAW.filter((name) => found[name] !== undefined);
  if (seen.length === 0) return null;
  return (
    <FactList>
      {seen.map((name) => {
        const value = found[name];
        return (
          <Fact key={name} name={t(`telephony.saw.${name}`)}>
            {Array.isArray(value) ? value.join(", ") || t("telephony.nobody") : String(value)}
          </Fact>
        );
      })}
    </FactList>
  );
}
