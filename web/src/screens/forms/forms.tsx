/** Forms: by which calls are evaluated; drafts, published and archived ones. */

import { Badge, Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { IconClipboard, IconPlus, IconSearch } from "../../components/icons";
import { Card, Loading, Page } from "../../components/page";
import parts from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import type { Level } from "../../components/state";
import { State } from "../../components/state";
import { useMay } from "../../components/use-may";
import { useNow } from "../../components/use-now";
import { formatMoment } from "../../lib/format";
import { newId, newSection } from "./edit";
import type { FormState, FormSummary } from "./queries";
import { FORMS, formsQuery } from "./queries";
import { useTexts } from "./texts";

const STATES = ["all", "draft", "published", "archived"] as const;
export const LEVELS: Readonly<Record<FormState, Level>> = { draft: "waiting", published: "good", archived: "off" };

export function Forms() {
  const t = useTexts();
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const state = STATES.find((one) => one === search.get("state")) ?? "all";
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, 250);
  const list = useInfiniteQuery(formsQuery(state === "all" ? null : state, asked));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const make = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/v1/forms", { body: { name: t("newName"), description: "", content: { sections: [newSection(newId(), t("newSection"))] } } })),
    onSuccess: async ({ id }) => {
      void client.invalidateQueries({ queryKey: FORMS });
      await navigate(`/forms/${id}`);
    },
  });
  if (list.isError && problemOf(list.error).status === 403) {
    return (
      <Empty title={t("refused.title")}>
        <h1 className="visually-hidden">{t("title")}</h1>
        <p>{problemOf(list.error).hint ?? t("refused.text")}</p>
      </Empty>
    );
  }
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={
        may("forms.manage") && (
          <Button
            leftSection={<IconPlus size={16} />}
            loading={make.isPending}
            onClick={() => {
              make.mutate();
            }}
          >
            {t("add")}
          </Button>
        )
      }
    >
      {make.isError && <ProblemNotice error={make.error} />}
      <Card flush>
        <div className={parts["toolbar"]} role="search" aria-label={t("filters")}>
          <TextInput
            className={parts["grow"] ?? ""}
            type="search"
            label={t("search")}
            maxLength={200}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
            }}
          />
          <SegmentedControl
            aria-label={t("state")}
            data={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
            value={state}
            onChange={(value) => {
              setSearch(value === "all" ? {} : { state: value }, { replace: true });
            }}
          />
        </div>
        {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && <Loading />}
        {list.isSuccess && items.length === 0 && (
          <Empty icon={asked === "" && state === "all" ? <IconClipboard size={32} /> : <IconSearch size={32} />} title={t(asked === "" && state === "all" ? "none" : "nothing")}>
            {asked === "" && state === "all" && <p>{t("noneText")}</p>}
          </Empty>
        )}
        {items.length > 0 && <Rows items={items} />}
        {list.hasNextPage && (
          <div className={parts["more"]}>
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("more")}
            </Button>
          </div>
        )}
      </Card>
    </Page>
  );
}

function Rows({ items }: { readonly items: readonly FormSummary[] }) {
  const t = useTexts();
  const now = useNow(60_000);
  return (
    <table className={parts["table"]}>
      <caption className="visually-hidden">{t("title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("name")}</th>
          <th scope="col">{t("state")}</th>
          <th scope="col" className={parts["end"]}>
            {t("version")}
          </th>
          <th scope="col" className={parts["end"]}>
            {t("questions")}
          </th>
          <th scope="col">{t("changed")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((form) => (
          <tr key={form.id} data-testid="form-row">
            <th scope="row">
              <Link to={`/forms/${form.id}`} className={parts["name"]} title={form.name}>
                {form.name}
              </Link>
              {form.description !== "" && (
                <small className={parts["cut"]} title={form.description}>
                  {form.description}
                </small>
              )}
            </th>
            <td>
              <State level={LEVELS[form.state]}>{t(`states.${form.state}`)}</State>{" "}
              {form.state === "published" && form.has_changes && (
                <Badge size="xs" variant="default">
                  {t("hasChanges")}
                </Badge>
              )}
            </td>
            <td className={`${parts["end"] ?? ""} tabular`}>{form.published_version ?? "–"}</td>
            <td className={`${parts["end"] ?? ""} tabular`}>{form.questions}</td>
            <td className={`tabular ${parts["nowrap"] ?? ""}`}>{formatMoment(form.updated_at, now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
