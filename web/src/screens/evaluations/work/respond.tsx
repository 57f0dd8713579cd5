/** The agent's answer to an evaluation: takes note, or objects with a reason. */

import { Button, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { Dialog } from "../../../components/dialogs";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { LONGEST_TEXT } from "../engine/model";
import type { Evaluation } from "../queries";
import { EVALUATIONS, evaluationQuery } from "../queries";
import { useTexts } from "../texts";
import classes from "./work.module.css";

type Kind = "acknowledge" | "dispute";

export function Respond({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const client = useQueryClient();
  const [kind, setKind] = useState<Kind | null>(null);
  const [text, setText] = useState("");
  const { id, may } = evaluation;
  const respond = useMutation({
    mutationFn: (wanted: Kind) => {
      const request = { params: { path: { evaluation_id: id } }, body: { text: text.trim() } };
      return wanted === "acknowledge"
        ? unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/acknowledge", request))
        : unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/dispute", request));
    },
    onSuccess: (answered) => {
      client.setQueryData(evaluationQuery(id).queryKey, answered);
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      setKind(null);
      setText("");
    },
  });
  const open = (wanted: Kind) => {
    respond.reset();
    setKind(wanted);
  };
  return (
    <>
      <div className={classes["twoButtons"]}>
        {may.includes("acknowledge") && (
          <Button
            onClick={() => {
              open("acknowledge");
            }}
          >
            {t("respond.acknowledge")}
          </Button>
        )}
        {may.includes("dispute") && (
          <Button
            variant="default"
            onClick={() => {
              open("dispute");
            }}
          >
            {t("respond.dispute")}
          </Button>
        )}
      </div>
      <Dialog
        opened={kind !== null}
        title={t(kind === "dispute" ? "respond.disputeTitle" : "respond.acknowledgeTitle")}
        onClose={() => {
          setKind(null);
        }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (kind !== null) respond.mutate(kind);
          }}
        >
          {respond.isError && <ProblemNotice error={respond.error} />}
          <Textarea
            label={t(kind === "dispute" ? "respond.reason" : "respond.words")}
            description={t(kind === "dispute" ? "respond.reasonText" : "respond.wordsText")}
            autosize
            minRows={3}
            maxRows={12}
            maxLength={LONGEST_TEXT}
            data-autofocus
            readOnly={respond.isPending}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
            }}
          />
          <div className={parts["actions"]}>
            <Button type="submit" loading={respond.isPending} disabled={kind === "dispute" && text.trim() === ""}>
              {t(kind === "dispute" ? "respond.dispute" : "respond.acknowledge")}
            </Button>
            <Button
              variant="default"
              onClick={() => {
                setKind(null);
              }}
            >
              {t("common:action.cancel")}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
