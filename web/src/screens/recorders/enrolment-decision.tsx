/** The desktop that shows a code: what it is, and whether it becomes the recorder of an agent. */

import { Autocomplete, Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";

import type { EnrolmentRequest } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { enrolmentQuery, pendingEnrolmentsQuery, recordersQuery } from "../../api/queries";
import { Fact, FactList } from "../../components/facts";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatDuration, formatMoment } from "../../lib/format";
import { Command } from "./command";
import classes from "./enrol.module.css";
import { useTexts } from "./texts";

interface EnrolmentDecisionProps {
  readonly code: string;
  readonly onOther: () => void;
  /** The key of the agent who is likely meant. */
  readonly suggested?: string | undefined;
  /** The way on once it is decided. */
  readonly after?: ReactNode;
}

export function EnrolmentDecision({ code, onOther, suggested, after }: EnrolmentDecisionProps) {
  const t = useTexts();
  const client = useQueryClient();
  const query = useQuery(enrolmentQuery(code));
  const [agent, setAgent] = useState<string | null>(null);
  const decision = useMutation({
    mutationFn: (body: { approve: boolean; agent: string }) =>
      unwrap(api.POST("/api/v1/recorder-enrolments/{user_code}", { params: { path: { user_code: code } }, body })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: pendingEnrolmentsQuery.queryKey });
      await client.invalidateQueries({ queryKey: recordersQuery.queryKey });
    },
  });
  if (query.isPending) {
    return (
      <div role="status" aria-label={t("common:loading")}>
        <Skeleton height={40} my="lg" />
        <Skeleton height={96} />
      </div>
    );
  }
  if (query.isError) {
    return (
      <div className={classes["form"]}>
        <ProblemNotice error={query.error} />
        <div className={classes["actions"]}>
          <Button variant="default" onClick={onOther} autoFocus>
            {t("enrol.other")}
          </Button>
        </div>
      </div>
    );
  }
  const request = query.data;
  if (decision.isSuccess) return <Decided request={request} {...decision.variables} onOther={onOther} after={after} />;
  const themselves = request.agents.length === 1 && !request.may_choose ? request.agents[0]?.key : undefined;
  const chosen = agent ?? themselves ?? suggested ?? "";
  const mayDecide = request.may_choose || request.agents.length > 0;
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.trim()) decision.mutate({ approve: true, agent: chosen.trim() });
      }}
    >
      <p>{t("enrol.compare")}</p>
      <output className={classes["shown"]} aria-label={t("enrol.code")}>
        {request.user_code}
      </output>
      <Facts request={request} />
      {mayDecide ? (
        <ChooseAgent request={request} value={chosen} focused={suggested === undefined} onChange={setAgent} />
      ) : (
        <p className={classes["quiet"]}>{t("enrol.mayNot")}</p>
      )}
      {decision.isError && <ProblemNotice error={decision.error} />}
      <div className={classes["actions"]}>
        <Button type="submit" autoFocus={suggested !== undefined} disabled={!mayDecide || !chosen.trim()} loading={decision.isPending && decision.variables.approve}>
          {t("enrol.approve")}
        </Button>
        <Button
          variant="default"
          disabled={!mayDecide}
          loading={decision.isPending && !decision.variables.approve}
          onClick={() => {
            decision.mutate({ approve: false, agent: "" });
          }}
        >
          {t("enrol.refuse")}
        </Button>
        <Button variant="subtle" color="gray" onClick={onOther} ml="auto">
          {t("enrol.another")}
        </Button>
      </div>
    </form>
  );
}

function Facts({ request }: { readonly request: EnrolmentRequest }) {
  const t = useTexts();
  const now = useNow(1000);
  const left = request.expires_at - now;
  return (
    <FactList>
      <Fact name={t("enrol.desktop")}>
        <strong>{request.hostname}</strong>
      </Fact>
      <Fact name={t("enrol.system")}>{request.platform || "–"}</Fact>
      <Fact name={t("enrol.program")}>{request.version ? `Deskreel ${request.version}` : "–"}</Fact>
      <Fact name={t("enrol.address")}>{request.address || "–"}</Fact>
      <Fact name={t("enrol.asked")}>{formatMoment(request.requested_at, now)}</Fact>
      <Fact name={t("enrol.lasts")}>{left > 0 ? formatDuration(left) : t("enrol.over")}</Fact>
    </FactList>
  );
}

interface ChooseAgentProps {
  readonly request: EnrolmentRequest;
  readonly value: string;
  /** Begin here; not where somebody is suggested, for the list of choices would cover the way on. */
  readonly focused: boolean;
  readonly onChange: (key: string) => void;
}

function ChooseAgent({ request, value, focused, onChange }: ChooseAgentProps) {
  const t = useTexts();
  const names = new Map(request.agents.map((one) => [one.key, one.name]));
  return (
    <Autocomplete
      label={t("enrol.agent")}
      description={
        request.may_choose ? t("enrol.agentText") : t("enrol.yourself")
      }
      placeholder={t("enrol.nameOrNumber")}
      data={request.agents.map((one) => one.key)}
      value={value}
      onChange={onChange}
      limit={8}
      filter={({ options, search, limit }) => {
        const wanted = search.trim().toLowerCase();
        const fits = (text: string) => text.toLowerCase().includes(wanted);
        return options.filter((one) => "value" in one && (fits(one.value) || fits(names.get(one.value) ?? ""))).slice(0, limit);
      }}
      renderOption={({ option }) => {
        const name = names.get(option.value) ?? "";
        return (
          <span className={classes["option"]}>
            {option.value}
            {name !== option.value && <span>{name}</span>}
          </span>
        );
      }}
      readOnly={!request.may_choose}
      autoFocus={focused}
    />
  );
}

interface DecidedProps {
  readonly request: EnrolmentRequest;
  readonly approve: boolean;
  readonly agent: string;
  readonly onOther: () => void;
  readonly after: ReactNode;
}

function Decided({ request, approve, agent, onOther, after }: DecidedProps) {
  const t = useTexts();
  const name = request.agents.find((one) => one.key === agent)?.name ?? agent;
  return (
    <div className={classes["form"]}>
      <p role="status" className={classes["done"]} data-approved={approve}>
        {approve ? t("enrol.approved", { hostname: request.hostname, name }) : t("enrol.refused", { hostname: request.hostname })}
      </p>
      {approve ? (
        <>
          <p>{t("enrol.next")}</p>
          <Command text="deskreel recorder install" />
          <Command text="deskreel recorder run" />
        </>
      ) : (
        <p>{t("enrol.nothing")}</p>
      )}
      <div className={classes["actions"]}>
        {after}
        <Button variant="default" onClick={onOther}>
          {t("enrol.anotherDesktop")}
        </Button>
      </div>
    </div>
  );
}
