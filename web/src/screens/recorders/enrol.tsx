/** Enrol a desktop: enter the code that it shows, see what it is, approve it for an agent or refuse it. */

import { Autocomplete, Button, Skeleton, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import type { EnrolmentRequest } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { enrolmentQuery, pendingEnrolmentsQuery, recordersQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import { useNow } from "../../components/use-now";
import { formatDuration, formatMoment } from "../../lib/format";
import { formatUserCode, isUserCode } from "../../lib/recorders";
import classes from "./enrol.module.css";

export function Enrol() {
  const [search, setSearch] = useSearchParams();
  const code = formatUserCode(search.get("code") ?? "");
  return (
    <>
      <title>Enrol a desktop · Deskreel</title>
      <section className={classes["card"]}>
        <h1>Enrol a desktop</h1>
        {isUserCode(code) ? (
          <Request
            key={code}
            code={code}
            onOther={() => {
              setSearch({});
            }}
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

function EnterCode({ onCode }: { readonly onCode: (code: string) => void }) {
  const [typed, setTyped] = useState("");
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (isUserCode(typed)) onCode(typed);
      }}
    >
      <p>
        On the agent's desktop run <code>deskreel recorder enroll --server {window.location.origin}</code>. It shows a code
        that lasts ten minutes.
      </p>
      <TextInput
        label="Code"
        description="Eight letters, such as WDJB-MJHT"
        size="lg"
        classNames={{ input: classes["code"] ?? "" }}
        value={typed}
        onChange={(event) => {
          setTyped(formatUserCode(event.currentTarget.value));
        }}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        autoFocus
      />
      <div className={classes["actions"]}>
        <Button type="submit" disabled={!isUserCode(typed)}>
          Continue
        </Button>
      </div>
    </form>
  );
}

function Request({ code, onOther }: { readonly code: string; readonly onOther: () => void }) {
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
      <div role="status" aria-label="Loading">
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
            Enter another code
          </Button>
        </div>
      </div>
    );
  }
  const request = query.data;
  if (decision.isSuccess) return <Decided request={request} {...decision.variables} onOther={onOther} />;
  const chosen = agent ?? (request.agents.length === 1 && !request.may_choose ? (request.agents[0]?.key ?? "") : "");
  const mayDecide = request.may_choose || request.agents.length > 0;
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.trim()) decision.mutate({ approve: true, agent: chosen.trim() });
      }}
    >
      <p>Approve only if the desktop in front of the agent shows this very code:</p>
      <output className={classes["shown"]} aria-label="Code">
        {request.user_code}
      </output>
      <Facts request={request} />
      {mayDecide ? (
        <ChooseAgent request={request} value={chosen} onChange={setAgent} />
      ) : (
        <p className={classes["quiet"]}>
          Your account may not enrol desktops. Ask an admin to open this page and enter the code.
        </p>
      )}
      {decision.isError && <ProblemNotice error={decision.error} />}
      <div className={classes["actions"]}>
        <Button type="submit" disabled={!mayDecide || !chosen.trim()} loading={decision.isPending && decision.variables.approve}>
          Approve
        </Button>
        <Button
          variant="default"
          disabled={!mayDecide}
          loading={decision.isPending && !decision.variables.approve}
          onClick={() => {
            decision.mutate({ approve: false, agent: "" });
          }}
        >
          Refuse
        </Button>
        <Button variant="subtle" color="gray" onClick={onOther} ml="auto">
          Another code
        </Button>
      </div>
    </form>
  );
}

function Facts({ request }: { readonly request: EnrolmentRequest }) {
  const now = useNow(1000);
  const left = request.expires_at - now;
  return (
    <dl className={classes["facts"]}>
      <Fact name="Desktop">
        <strong>{request.hostname}</strong>
      </Fact>
      <Fact name="System">{request.platform || "–"}</Fact>
      <Fact name="Program">{request.version ? `Deskreel ${request.version}` : "–"}</Fact>
      <Fact name="Asked from">{request.address || "–"}</Fact>
      <Fact name="Asked at">{formatMoment(request.requested_at, now)}</Fact>
      <Fact name="Code lasts">{left > 0 ? formatDuration(left) : "no longer: run the command again"}</Fact>
    </dl>
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

interface ChooseAgentProps {
  readonly request: EnrolmentRequest;
  readonly value: string;
  readonly onChange: (key: string) => void;
}

function ChooseAgent({ request, value, onChange }: ChooseAgentProps) {
  const names = new Map(request.agents.map((one) => [one.key, one.name]));
  return (
    <Autocomplete
      label="Agent"
      description={
        request.may_choose
          ? "Whose screen it records, as the telephony names them. A new name makes a new agent."
          : "You: the recorder records your screen while a recorded call of yours is up."
      }
      placeholder="Name or number"
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
      autoFocus
    />
  );
}

interface DecidedProps {
  readonly request: EnrolmentRequest;
  readonly approve: boolean;
  readonly agent: string;
  readonly onOther: () => void;
}

function Decided({ request, approve, agent, onOther }: DecidedProps) {
  const name = request.agents.find((one) => one.key === agent)?.name ?? agent;
  return (
    <div className={classes["form"]}>
      <p role="status" className={classes["done"]} data-approved={approve}>
        {approve ? `${request.hostname} is now the recorder of ${name}.` : `${request.hostname} was refused.`}
      </p>
      {approve ? (
        <p>
          The command on the desktop ends by itself within a few seconds. Then <code>deskreel recorder install</code> lets the
          recorder start with every session, <code>deskreel recorder run</code> starts it now.
        </p>
      ) : (
        <p>The command on the desktop says so and ends. Nothing was enrolled.</p>
      )}
      <div className={classes["actions"]}>
        <Button component={Link} to="/recorders">
          To the recorders
        </Button>
        <Button variant="default" onClick={onOther}>
          Another desktop
        </Button>
      </div>
    </div>
  );
}
