/** One interaction and all that a page about it shows: details, transcript, comments, evaluations, each as far as one may see it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";

import type { Comment } from "../../api/client";
import type { DetailsAt } from "../../api/queries";
import { commentsQuery, detailsQuery, evaluationsOfQuery, transcriptQuery } from "../../api/queries";
import { useMay } from "../../components/use-may";
import type { PlacedSegment } from "../../lib/transcript";
import { placeTranscript } from "../../lib/transcript";
import { isGone } from "./states";

export function useInteraction(id: string) {
  const client = useQueryClient();
  const may = useMay();
  const details = useQuery(detailsQuery(id));
  const origin = details.data?.details.started_at;
  const known = details.data !== undefined;
  const mayPlay = may("recordings.play");
  const transcript = useQuery({ ...transcriptQuery(id), enabled: known && mayPlay });
  const comments = useQuery({ ...commentsQuery(id), enabled: known && may("comments.view") });
  const evaluations = useQuery({ ...evaluationsOfQuery(id), enabled: known && may("evaluations.view") });
  const { refetch } = details;
  const isGoneNow = isGone(comments.error);
  useEffect(() => {
    // The comments are asked for again and again: they are the first to tell that the call was deleted.
    if (isGoneNow) void refetch();
  }, [isGoneNow, refetch]);
  const refresh = useCallback(
    async () => (await client.fetchQuery({ ...detailsQuery(id), staleTime: 0 })).details,
    [client, id],
  );
  const segments = useMemo(
    () => (transcript.data && origin !== undefined ? placeTranscript(transcript.data, origin) : NO_SEGMENTS),
    [transcript.data, origin],
  );
  const notes = useMemo(() => (comments.data ?? NO_COMMENTS).map(noteOf), [comments.data]);
  return { details, transcript, segments, comments, notes, evaluations, refresh };
}

const NO_SEGMENTS: readonly PlacedSegment[] = [];
const NO_COMMENTS: readonly Comment[] = [];

function noteOf({ id, at_ms, until_ms, text, author }: Comment) {
  return { id, startMs: at_ms, endMs: until_ms, label: `${author.name}: ${text}` };
}

export type Interaction = ReturnType<typeof useInteraction>;
export type { DetailsAt };
