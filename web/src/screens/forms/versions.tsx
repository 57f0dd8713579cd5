/** What was published: every version as it is, for evaluations keep theirs. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { Card, Loaded } from "../../components/page";
import parts from "../../components/parts.module.css";
import { useNow } from "../../components/use-now";
import { formatMoment, formatNumber } from "../../lib/format";
import { Sheet } from "../evaluations/sheet/sheet";
import type { Form } from "./queries";
import { formVersionQuery } from "./queries";
import { useTexts } from "./texts";

export function Versions({ form }: { readonly form: Form }) {
  const t = useTexts();
  const now = useNow(60_000);
  const [shown, setShown] = useState<number | null>(null);
  if (form.versions.length === 0) {
    return (
      <Empty title={t("versions.none")}>
        <p>{t("versions.noneText")}</p>
      </Empty>
    );
  }
  return (
    <Card flush>
      <table className={parts["table"]}>
        <caption className="visually-hidden">{t("tabs.versions", { count: form.versions.length })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("version")}</th>
            <th scope="col">{t("name")}</th>
            <th scope="col">{t("versions.published")}</th>
            <th scope="col" className={parts["end"]}>
              {t("versions.evaluations")}
            </th>
            <th scope="col">
              <span className="visually-hidden">{t("versions.show")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {form.versions.map(({ version, name, published_at: at, published_by: by, evaluations }) => (
            <tr key={version}>
              <th scope="row">{version}</th>
              <td>
                <span className={parts["cut"]}>{name}</span>
              </td>
              <td>
                <span className="tabular">{formatMoment(at, now)}</span> · {by}
              </td>
              <td className={`${parts["end"] ?? ""} tabular`}>{formatNumber(evaluations)}</td>
              <td className={parts["end"]}>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={t("versions.showOne", { version })}
                  onClick={() => {
                    setShown(version);
                  }}
                >
                  {t("versions.show")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown !== null && (
        <Dialog
          opened
          size="lg"
          title={t("versionOf", { version: shown })}
          onClose={() => {
            setShown(null);
          }}
        >
          <One form={form.id} version={shown} />
        </Dialog>
      )}
    </Card>
  );
}

function One({ form, version }: { readonly form: string; readonly version: number }) {
  const query = useQuery(formVersionQuery(form, version));
  return <Loaded query={query}>{({ content }) => <Sheet content={content} answers={{}} result={null} />}</Loaded>;
}
