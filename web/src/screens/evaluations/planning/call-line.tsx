/** The call that was chosen elsewhere, by its agents and its time. */

import { Input } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { detailsQuery } from "../../../api/queries";
import { agentNames } from "../../../components/interaction-bits";
import { ProblemNotice } from "../../../components/problem-notice";
import { useNow } from "../../../components/use-now";
import { formatMoment } from "../../../lib/format";

export function CallLine({ id, label }: { readonly id: string; readonly label: string }) {
  const call = useQuery(detailsQuery(id));
  const now = useNow(60_000);
  if (call.isError) return <ProblemNotice error={call.error} onRetry={() => void call.refetch()} />;
  const details = call.data?.details;
  return (
    <Input.Wrapper label={label} labelElement="div">
      <div>{details && <Link to={`/activities/${id}`}>{[agentNames(details), formatMoment(details.started_at, now)].join(" · ")}</Link>}</div>
    </Input.Wrapper>
  );
}
