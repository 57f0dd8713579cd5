/** A new calibration: one call, one form, several people who do not see each other's answers until all have published. */

import { Button, Select, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { publishedFormsQuery } from "../../api/queries";
import { Card } from "../../components/page";
import parts from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { NotAllowed } from "../evaluations/list/evaluations";
import { Rooms } from "../evaluations/parts/frame";
import { agentsOf } from "../../api/agents-of";
import { CallField, DueField, EvaluatorsSelect, FormSelect } from "../evaluations/planning/fields";
import { CALIBRATIONS, EVALUATIONS, evaluatorsQuery } from "../evaluations/queries";
import { useTexts } from "../evaluations/texts";

const LONGEST_NAME = 200;

export function NewCalibration() {
  const may = useMay();
  return may("evaluations.manage") ? <Page /> : <NotAllowed />;
}

function Page() {
  const t = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const given = search.get("interaction");
  const forms = useQuery(publishedFormsQuery);
  const evaluators = useQuery(evaluatorsQuery);
  const [name, setName] = useState("");
  const [call, setCall] = useState<string | null>(given);
  const [form, setForm] = useState<string | null>(null);
  const [people, setPeople] = useState<readonly string[]>([]);
  const [agent, setAgent] = useState<string | null>(null);
  const [due, setDue] = useState<number | null>(null);
  const make = useMutation({
    mutationFn: ({ interaction_id, form_id }: { interaction_id: string; form_id: string }) =>
      unwrap(
        api.POST("/api/v1/calibrations", {
          body: { name: name.trim(), interaction_id, form_id, evaluator_ids: [...people], due_at: due, ...(agent === null ? {} : { agent_id: agent }) },
        }),
      ),
    onSuccess: async ({ id }) => {
      void client.invalidateQueries({ queryKey: CALIBRATIONS });
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      await navigate(`/evaluations/calibrations/${id}`);
    },
  });
  const agents = agentsOf(make.error);
  const failed = [forms, evaluators].find((query) => query.isError);
  return (
    <>
      <title>{`${t("calibration.add")} · Deskreel`}</title>
      <Rooms />
      <Card>
        <Title order={1}>{t("calibration.add")}</Title>
        <p className={parts["lead"]}>{t("calibration.lead")}</p>
        <form
          className={parts["form"]}
          style={{ maxWidth: "34rem", marginTop: "1rem" }}
          onSubmit={(event) => {
            event.preventDefault();
            if (call !== null && form !== null) make.mutate({ interaction_id: call, form_id: form });
          }}
        >
          {failed && <ProblemNotice error={failed.error} onRetry={() => void failed.refetch()} />}
          {make.isError && agents === null && <ProblemNotice error={make.error} />}
          <TextInput
            label={t("sampling.name")}
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <CallField
            given={given}
            value={call}
            onChange={(id) => {
              setCall(id);
              setAgent(null);
              make.reset();
            }}
          />
          <FormSelect forms={forms.data ?? null} value={form} onChange={setForm} />
          <EvaluatorsSelect label={t("calibration.people")} description={t("calibration.peopleText")} evaluators={evaluators.data ?? []} value={people} onChange={setPeople} />
          {agents !== null && (
            <Select
              label={t("new.agent")}
              description={t("new.agentText")}
              data={agents.map(({ id, name: label }) => ({ value: id, label }))}
              value={agent}
              onChange={setAgent}
              allowDeselect={false}
            />
          )}
          <DueField label={t("assign.due")} value={due} onChange={setDue} />
          <div className={parts["formActions"]}>
            <Button
              type="submit"
              loading={make.isPending}
              disabled={name.trim() === "" || call === null || form === null || people.length < 2 || (agents !== null && agent === null)}
            >
              {t("calibration.make")}
            </Button>
          </div>
        </form>
      </Card>
    </>
  );
}
