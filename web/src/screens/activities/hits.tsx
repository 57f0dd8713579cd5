/** Where the text that was asked for stands in a call. Places in the transcript lead to their moment. */

import { Link } from "react-router";

import type { Hit, InteractionSummary } from "../../api/client";
import { formatDuration } from "../../lib/format";
import classes from "./list.module.css";
import { useTexts } from "./texts";

/** Rows are this much higher for each line of hits. */
export const HIT_HEIGHT = 24;

/** Hits that the row itself does not show. */
export function shownHits(item: InteractionSummary): readonly Hit[] {
  return item.hits.filter((hit) => hit.field === "transcript");
}

export function Hits({ item, list }: { readonly item: InteractionSummary; readonly list: string }) {
  const t = useTexts();
  return (
    <ul className={classes["hits"]} aria-label={t("hits")}>
      {shownHits(item).map(({ at_ms: at = null, speaker, fragments }, index) => (
        <li key={index}>
          <Link to={momentOf(item.id, at)} state={{ list }} className={classes["hit"]} data-testid="hit">
            {at !== null && <span className={`tabular ${classes["at"] ?? ""}`}>{formatDuration(at)}</span>}
            {speaker && <span className={classes["speaker"]}>{speaker}</span>}
            <span className={classes["said"]}>
              {fragments.map((fragment, part) => (fragment.hit ? <mark key={part}>{fragment.text}</mark> : fragment.text))}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The moment itself would begin in mid word for those who listen. */
const LEAD_MS = 1000;

function momentOf(id: string, at: number | null): string {
  const path = `/activities/${id}`;
  return at === null ? path : `${path}?t=${String(Math.max(0, at - LEAD_MS) / 1000)}`;
}
