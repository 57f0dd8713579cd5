/** What is said, in step with the player: click to go there, search within, follow along. */

import { Button, TextInput } from "@mantine/core";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { IconDown, IconSearch, IconUp } from "../../components/icons";
import { formatDuration, formatSpeaker } from "../../lib/format";
import type { Found, PlacedSegment } from "../../lib/transcript";
import { coloursOf, findText, lastBegun, piecesOf } from "../../lib/transcript";
import type { PlayerHandle } from "../../player/components/player-context";
import { usePlayer, usePlayerTicked } from "../../player/components/player-context";
import { useTexts } from "./texts";
import classes from "./transcript-pane.module.css";

const COLOURS = 4;
/** What a person does to a list that they want to read themselves. */
const SCROLL_KEYS = new Set(["PageUp", "PageDown"]);

interface TranscriptPaneProps {
  readonly segments: readonly PlacedSegment[];
  /** The speakers of each channel of the audio. */
  readonly voices: readonly (readonly string[])[];
}

export function TranscriptPane({ segments, voices }: TranscriptPaneProps) {
  const t = useTexts();
  const player = usePlayer();
  const list = useRef<HTMLOListElement>(null);
  const [following, setFollowing] = useState(true);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const colours = useMemo(() => coloursOf(segments, voices), [segments, voices]);
  const found = useMemo(() => findText(segments, text), [segments, text]);
  const bySegment = useMemo(() => grouped(found), [found]);
  const current = usePlayerTicked(useCallback((handle: PlayerHandle) => currentOf(segments, handle.positionMs), [segments]));
  const [segmentNow, wordNow] = current.split(":").map(Number) as [number, number];
  const place = found[chosen];

  useEffect(() => {
    if (following) reveal(list.current, segmentNow);
  }, [following, segmentNow]);

  const stay = () => {
    setFollowing(false);
  };
  const go = useCallback(
    (ms: number) => {
      player.seek(ms);
      setFollowing(true);
    },
    [player],
  );
  const choose = (index: number) => {
    if (found.length === 0) return;
    const next = (index + found.length) % found.length;
    setChosen(next);
    setFollowing(false);
    reveal(list.current, found[next]?.segment ?? -1);
  };

  return (
    <div className={classes["pane"]}>
      <search className={classes["search"]}>
        <TextInput
          size="sm"
          aria-label={t("transcript.search")}
          placeholder={t("transcript.search")}
          leftSection={<IconSearch size={15} />}
          value={text}
          maxLength={200}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setText(next);
            setChosen(0);
            const first = findText(segments, next, 1)[0];
            if (first) {
              setFollowing(false);
              reveal(list.current, first.segment);
            }
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") choose(chosen + (event.shiftKey ? -1 : 1));
            if (event.key === "Escape") setText("");
          }}
        />
        {text.trim() !== "" && (
          <>
            <span className={`tabular ${classes["count"] ?? ""}`} role="status">
              {found.length === 0 ? t("transcript.notFound") : t("transcript.found", { at: chosen + 1, count: found.length })}
            </span>
            <Button size="compact-sm" variant="default" disabled={found.length === 0} aria-label={t("transcript.previous")} onClick={() => { choose(chosen - 1); }}>
              <IconUp size={15} />
            </Button>
            <Button size="compact-sm" variant="default" disabled={found.length === 0} aria-label={t("transcript.next")} onClick={() => { choose(chosen + 1); }}>
              <IconDown size={15} />
            </Button>
          </>
        )}
      </search>
      <ol
        ref={list}
        className={classes["list"]}
        data-testid="transcript"
        onWheel={stay}
        onTouchMove={stay}
        onKeyDown={(event) => {
          if (SCROLL_KEYS.has(event.key)) stay();
        }}
      >
        {segments.map((segment, index) => (
          <Segment
            key={index}
            index={index}
            segment={segment}
            speaker={colours.get(segment.speaker ?? "") ?? -1}
            isCurrent={index === segmentNow}
            word={index === segmentNow ? wordNow : -1}
            found={bySegment.get(index) ?? NOTHING}
            chosen={place?.segment === index ? chosen : -1}
            onGo={go}
          />
        ))}
      </ol>
      {!following && (
        <Button
          className={classes["follow"] ?? ""}
          size="compact-sm"
          onClick={() => {
            setFollowing(true);
          }}
        >
          {t("transcript.follow")}
        </Button>
      )}
    </div>
  );
}

type Place = Found & { readonly index: number };
const NOTHING: readonly Place[] = [];

interface SegmentProps {
  readonly index: number;
  readonly segment: PlacedSegment;
  /** Their colour, -1 when nobody is named. */
  readonly speaker: number;
  readonly isCurrent: boolean;
  /** Index of the word that is said now, -1 for none. */
  readonly word: number;
  readonly found: readonly Place[];
  /** Index of the place found that was chosen last, -1 if it is in another segment. */
  readonly chosen: number;
  readonly onGo: (ms: number) => void;
}

const Segment = memo(function Segment({ index, segment, speaker, isCurrent, word, found, chosen, onGo }: SegmentProps) {
  const t = useTexts();
  const pieces = useMemo(() => piecesOf(segment, found), [segment, found]);
  const at = formatDuration(segment.startMs);
  return (
    <li className={classes["segment"]} data-segment={index} data-current={isCurrent} data-speaker={speaker < 0 ? undefined : speaker % COLOURS}>
      <button
        type="button"
        className={`tabular ${classes["at"] ?? ""}`}
        aria-label={t("transcript.goTo", { at })}
        onClick={() => {
          onGo(segment.startMs);
        }}
      >
        {at}
      </button>
      <div>
        {segment.speaker !== null && <span className={classes["speaker"]}>{formatSpeaker(segment.speaker)}</span>}
        {/* For the mouse; the moment beside it does the same for keys. */}
        <p
          className={classes["said"]}
          onClick={(event) => {
            if (window.getSelection()?.isCollapsed === false) return;
            const of = (event.target as HTMLElement).closest<HTMLElement>("[data-word]")?.dataset["word"];
            onGo(segment.words[Number(of ?? -1)]?.startMs ?? segment.startMs);
          }}
        >
          {pieces.map((piece, key) => {
            const isNow = piece.word !== null && piece.word === word;
            const inner = piece.found === null ? piece.text : <mark data-chosen={piece.found === chosen}>{piece.text}</mark>;
            if (piece.word === null && piece.found === null) return inner;
            return (
              <span key={key} data-word={piece.word ?? undefined} data-now={isNow || undefined}>
                {inner}
              </span>
            );
          })}
        </p>
      </div>
    </li>
  );
});

/** Index of the segment and of its word that are said at a moment, -1 for none, as one value: "3:17". */
function currentOf(segments: readonly PlacedSegment[], ms: number): string {
  const at = lastBegun(segments, ms);
  const segment = segments[at];
  if (!segment) return "-1:-1";
  const word = lastBegun(segment.words, ms);
  const isOver = ms >= (segment.words[word]?.endMs ?? 0) && ms >= segment.endMs;
  return `${String(at)}:${String(isOver ? -1 : word)}`;
}

function grouped(found: readonly Found[]): ReadonlyMap<number, readonly Place[]> {
  const groups = new Map<number, Place[]>();
  for (const [index, place] of found.entries()) {
    const group = groups.get(place.segment) ?? [];
    group.push({ ...place, index });
    groups.set(place.segment, group);
  }
  return groups;
}

/** Scroll a segment into the middle of the list, and nothing but the list. */
function reveal(list: HTMLElement | null, segment: number): void {
  const item = list?.querySelector<HTMLElement>(`[data-segment="${String(segment)}"]`);
  if (!list || !item) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = item.offsetTop - list.clientHeight / 2 + item.offsetHeight / 2;
  list.scrollTo({ top, behavior: still ? "instant" : "smooth" });
}
