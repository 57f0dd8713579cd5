/** Calibrations: several people score the same call blind; the list of them, the newest first. */

import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { IconClipboard, IconPlus } from "../../components/icons";
import { Card, Loading } from "../../components/page";
import parts from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { State } from "../../components/state";
import { useMay } from "../../components/use-may";
import { formatDay } from "../../lib/format";
import { NotAllowed } from "../evaluations/list/evaluations";
import { Rooms } from "../evaluations/parts/frame";
import { calibrationsQuery } from "../evaluations/queries";
import { useTexts } from "../evaluations/texts";

export function Calibrations() {
  const t = useTexts();
  const may = useMay();
  const list = useInfiniteQuery(calibrationsQuery);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isError && problemOf(list.error).status === 403) return <NotAllowed hint={problemOf(list.error).hint} />;
  return (
    <>
      <title>{`${t("rooms.calibrations")} · Deskreel`}</title>
      <Rooms>
        {may("evaluations.manage") && (
          <Button component={Link} to="/evaluations/calibrations/new" size="compact-md" leftSection={<IconPlus size={16} />}>
            {t("calibration.add")}
          </Button>
        )}
      </Rooms>
      <h1 className="visually-hidden">{t("rooms.calibrations")}</h1>
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isSuccess && (
        <Card flush>
          {items.length === 0 ? (
            <Empty icon={<IconClipboard size={32} />} title={t("calibration.none")}>
              <p>{t("calibration.noneText")}</p>
            </Empty>
          ) : (
            <table className={parts["table"]}>
              <caption className="visually-hidden">{t("rooms.calibrations")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("sampling.name")}</th>
                  <th scope="col">{t("list.agent")}</th>
                  <th scope="col" className={parts["medium"]}>{t("list.form")}</th>
                  <th scope="col">{t("list.state")}</th>
                  <th scope="col">{t("calibration.published")}</th>
                  <th scope="col">{t("list.due")}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.id} data-testid="calibration-row">
                    <th scope="row">
                      <Link to={`/evaluations/calibrations/${item.id}`} className={parts["name"]} title={item.name}>
                        {item.name}
                      </Link>
                    </th>
                    <td>{item.agent.name}</td>
                    <td className={parts["medium"]}>
                      <span className={parts["cut"]}>{item.form.name}</span>
                    </td>
                    <td>
                      <State level={item.closed_at === null ? "waiting" : "good"}>{t(item.closed_at === null ? "calibration.open" : "calibration.closed")}</State>
                    </td>
                    <td className="tabular">{t("calibration.share", { published: item.published, count: item.participants })}</td>
                    <td className={parts["nowrap"]}>{item.due_at === null ? "–" : formatDay(item.due_at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {list.hasNextPage && (
            <div className={parts["more"]}>
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t("list.more")}
              </Button>
            </div>
          )}
        </Card>
      )}
    </>
  );
}
