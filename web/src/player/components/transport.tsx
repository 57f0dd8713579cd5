/** The controls below the picture: each is a key as well, and says which. */

import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import {
  IconBack,
  IconCaptions,
  IconForward,
  IconFull,
  IconMuted,
  IconNewTab,
  IconNext,
  IconPause,
  IconPlay,
  IconPrevious,
  IconScreen,
  IconScreenOff,
  IconShrink,
  IconVolume,
} from "../../components/icons";
import { formatClock, formatDuration, formatNumber } from "../../lib/format";
import type { ScreenTrack } from "../engine/timeline";
import type { Desk } from "../lib/commands";
import { SPEEDS, STEP_MS } from "../lib/commands";
import { Control } from "./control";
import { IconContract, IconExpand } from "./icons";
import { MoreMenu } from "./more-menu";
import { usePlayerParts, useSnapshot, useTicked } from "./player-context";
import classes from "./transport.module.css";

interface TransportProps {
  readonly desk: Desk;
  readonly screens: readonly ScreenTrack[];
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
  readonly hasCaptions: boolean;
  readonly mayScreenshot: boolean;
  readonly isFull: boolean;
  readonly isExpanded: boolean;
  /** Where menus open: a page in full screen shows nothing else. */
  readonly root: HTMLElement | null;
}

export function Transport(props: TransportProps) {
  const { desk, screens, hasCaptions, mayScreenshot, isFull, isExpanded, root } = props;
  const { t } = useTranslation("player");
  const { engine } = usePlayerParts();
  const { live, screenShown, durationMs } = useSnapshot();
  return (
    <div className={classes["bar"]}>
      <Playing desk={desk} />
      <ReadOut durationMs={durationMs} />
      {live && (
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          onClick={() => {
            engine.seekToLive();
          }}
        >
          {t("goLive")}
        </Button>
      )}
      <span className={classes["push"]} />
      {screens.length > 1 && <WhoseScreen {...props} />}
      <Speed
        onRate={(rate) => {
          engine.setRate(rate);
        }}
      />
      <Volume desk={desk} />
      {hasCaptions && (
        <Control
          label={t("captions")}
          keys="c"
          pressed={desk.taste.captions}
          onClick={() => {
            desk.setTaste({ ...desk.taste, captions: !desk.taste.captions });
          }}
        >
          <IconCaptions />
        </Control>
      )}
      <MoreMenu desk={desk} mayScreenshot={mayScreenshot && screens.length > 0} target={isFull || isExpanded ? root : null} />
      {screens.length > 0 && (
        <>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={screenShown ? t("hideScreen") : t("showScreen")}
            title={t("keyHint", { label: t("keys.screen"), keys: "s" })}
            onClick={() => {
              engine.showScreen(!screenShown);
            }}
          >
            {screenShown ? <IconScreenOff size={16} /> : <IconScreen size={16} />}
            <span className={classes["word"]}>{screenShown ? t("hideScreen") : t("showScreen")}</span>
          </Button>
          <Control label={t("popOut")} keys="o" onClick={desk.popOut}>
            <IconNewTab />
          </Control>
        </>
      )}
      <Control label={isExpanded ? t("shrink") : t("expand")} keys="e" onClick={desk.toggleExpanded}>
        {isExpanded ? <IconContract /> : <IconExpand />}
      </Control>
      <Control label={isFull ? t("leaveFull") : t("full")} keys="f" onClick={desk.toggleFull}>
        {isFull ? <IconShrink /> : <IconFull />}
      </Control>
    </div>
  );
}

function Playing({ desk }: { readonly desk: Desk }) {
  const { t } = useTranslation("player");
  const { engine } = desk;
  const { state } = useSnapshot();
  const runs = state === "playing" || state === "waiting";
  const label = runs ? t("pause") : t("play");
  return (
    <>
      <Control label={t("previousMoment")} keys="p" onClick={() => desk.goToMoment(-1)}>
        <IconPrevious />
      </Control>
      <Control label={t("back")} keys="←" onClick={() => engine.step(-STEP_MS)}>
        <IconBack />
      </Control>
      <Tooltip label={t("keyHint", { label, keys: t("keys.space") })}>
        <ActionIcon
          size={36}
          radius="xl"
          variant="filled"
          aria-label={label}
          data-testid="play"
          disabled={state === "idle"}
          onClick={() => {
            engine.toggle();
          }}
        >
          {runs ? <IconPause size={20} /> : <IconPlay size={20} />}
        </ActionIcon>
      </Tooltip>
      <Control label={t("forward")} keys="→" onClick={() => engine.step(STEP_MS)}>
        <IconForward />
      </Control>
      <Control label={t("nextMoment")} keys="n" onClick={() => desk.goToMoment(1)}>
        <IconNext />
      </Control>
    </>
  );
}

function WhoseScreen({ screens, chosen, onChoose }: Pick<TransportProps, "screens" | "chosen" | "onChoose">) {
  const { t } = useTranslation("player");
  return (
    <select
      className={classes["select"]}
      aria-label={t("whoseScreen")}
      value={chosen ?? ""}
      onChange={(event) => {
        onChoose(event.currentTarget.value || null);
      }}
    >
      <option value="">{t("followCall")}</option>
      {screens.map((screen) => (
        <option key={screen.id} value={screen.id}>
          {screen.agentName}
        </option>
      ))}
    </select>
  );
}

export function Speed({ onRate }: { readonly onRate: (rate: number) => void }) {
  const { t } = useTranslation("player");
  const { rate } = useSnapshot();
  return (
    <select
      className={classes["select"]}
      aria-label={t("speed")}
      title={t("keyHint", { label: t("speed"), keys: "< >" })}
      value={rate}
      onChange={(event) => {
        onRate(Number(event.currentTarget.value));
      }}
    >
      {SPEEDS.map((speed) => (
        <option key={speed} value={speed}>
          {formatNumber(speed, Number.isInteger(speed) ? 0 : Number.isInteger(speed * 2) ? 1 : 2)}×
        </option>
      ))}
    </select>
  );
}

function Volume({ desk: { taste, setTaste } }: { readonly desk: Desk }) {
  const { t } = useTranslation("player");
  return (
    <>
      <Control
        label={taste.muted ? t("unmute") : t("mute")}
        keys="m"
        onClick={() => {
          setTaste({ ...taste, muted: !taste.muted });
        }}
      >
        {taste.muted || taste.volume === 0 ? <IconMuted /> : <IconVolume />}
      </Control>
      <input
        className={classes["volume"]}
        type="range"
        min={0}
        max={1}
        step={0.05}
        aria-label={t("volume")}
        value={taste.muted ? 0 : taste.volume}
        onChange={(event) => {
          setTaste({ ...taste, volume: Number(event.currentTarget.value), muted: false });
        }}
      />
    </>
  );
}

export function ReadOut({ durationMs }: { readonly durationMs: number }) {
  const { t } = useTranslation("player");
  const position = useTicked(useCallback((engine) => formatDuration(engine.positionMs), []));
  const clock = useTicked(useCallback((engine) => formatClock(engine.wallMs), []));
  return (
    <span className={`${classes["readOut"] ?? ""} tabular`}>
      <strong>{position}</strong> / {formatDuration(durationMs)}
      <span className={classes["clock"]} title={t("wallClock")}>
        {clock}
      </span>
    </span>
  );
}
