/** Users from a CSV file: tried first, each fault by line and column; then all of it or nothing. */

import { Button, FileInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Dialog } from "../../../components/dialogs";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { selectionQuery, teamsQuery, usersQuery } from "../queries";
import { useTexts } from "../texts";
import classes from "./users.module.css";

type Report = components["schemas"]["ImportReport"];

const HEAD = "name,email,role,team,extension,interface,external_id,qm,screen";

function send(file: File, dryRun: boolean): Promise<Report> {
  return unwrap(
    api.POST("/api/v1/users/import", {
      params: { query: { dry_run: dryRun } },
      headers: { "Content-Type": "text/csv" },
      body: file as unknown as string,
      bodySerializer: (body: unknown) => body as File,
    }),
  );
}

export function ImportDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts();
  return (
    <Dialog opened={opened} size="lg" title={t("import.title")} onClose={onClose}>
      {opened && <Import onClose={onClose} />}
    </Dialog>
  );
}

function Import({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const trial = useMutation({ mutationFn: (chosen: File) => send(chosen, true) });
  const real = useMutation({
    mutationFn: (chosen: File) => send(chosen, false),
    onSuccess: () => Promise.all([usersQuery, teamsQuery, selectionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey }))),
  });
  const report = real.data ?? trial.data;
  const faultless = trial.isSuccess && trial.data.errors.length === 0;
  const empty = faultless && trial.data.created + trial.data.updated === 0;
  return (
    <div className={parts["form"]}>
      <p className={parts["text"]}>{t("import.text")}</p>
      <output className={parts["secret"]} aria-label={t("import.head")}>
        {HEAD}
      </output>
      <FileInput
        label={t("import.file")}
        placeholder={t("import.choose")}
        accept=".csv,text/csv"
        clearable
        clearButtonProps={{ "aria-label": t("import.clear") }}
        value={file}
        disabled={real.isPending || real.isSuccess}
        onChange={(chosen) => {
          setFile(chosen);
          trial.reset();
          real.reset();
          if (chosen) trial.mutate(chosen);
        }}
      />
      {trial.isPending && <p role="status">{t("import.trying")}</p>}
      {(real.error ?? trial.error) !== null && <ProblemNotice error={real.error ?? trial.error} />}
      {report && <ReportShown report={report} done={real.isSuccess} />}
      <div className={parts["formActions"]}>
        {real.isSuccess ? (
          <Button onClick={onClose}>{t("common:action.close")}</Button>
        ) : (
          <>
            <Button
              disabled={!faultless || empty || file === null}
              loading={real.isPending}
              onClick={() => {
                if (file) real.mutate(file);
              }}
            >
              {t("import.now")}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t("common:action.cancel")}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function ReportShown({ report, done }: { readonly report: Report; readonly done: boolean }) {
  const t = useTexts();
  const figures = [
    ["created", report.created],
    ["updated", report.updated],
    ["unchanged", report.unchanged],
    ["teams", report.teams_created.length],
    ["faults", report.errors.length],
  ] as const;
  return (
    <>
      <p className={parts["text"]} role="status">
        {done ? t("import.done") : report.errors.length > 0 ? t("import.refused") : t("import.ready")}
      </p>
      <dl className={classes["report"]}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`import.${name}`)}</dt>
            <dd className="tabular">{value}</dd>
          </div>
        ))}
      </dl>
      {report.errors.length > 0 && (
        <div className={classes["lines"]} tabIndex={0} role="region" aria-label={t("import.faults")}>
          <table className={parts["table"]}>
            <thead>
              <tr>
                <th scope="col">{t("import.line")}</th>
                <th scope="col">{t("import.column")}</th>
                <th scope="col">{t("import.message")}</th>
              </tr>
            </thead>
            <tbody>
              {report.errors.map((fault) => (
                <tr key={`${String(fault.line)} ${fault.column} ${fault.message}`}>
                  <td className="tabular">{fault.line}</td>
                  <td>{fault.column}</td>
                  <td>{fault.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
