/** What is said over the picture: why there is none, what it waits for, what it cannot do. */

import { Button, Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { IconPlay, IconScreenOff, IconWarning } from "../../components/icons";
import { formatClock, formatCode } from "../../lib/format";
import type { MediaFault } from "../engine/driver";
import type { Snapshot } from "../engine/player";
import type { Span } from "../engine/timeline";
import classes from "./player.module.css";

interface OverlayProps {
  readonly snapshot: Snapshot;
  readonly originWallMs: number;
  readonly hasScreen: boolean;
  readonly hasAudio: boolean;
  readonly onRetry: () => void;
}

/** A gap shorter than this keeps the next picture and a label: a curtain would only flash. */
const SHORT_GAP_MS = 2000;
const BEFORE = new Set(["idle", "loading", "ended"]);

export function Overlay({ snapshot, originWallMs, hasScreen, hasAudio, onRetry }: OverlayProps) {
  const { t } = useTranslation("player");
  const { span } = snapshot;
  if (!hasScreen) {
    const text = t(hasAudio ? "stage.audioOnly" : "stage.nothing");
    return <Curtain icon={<IconScreenOff size={32} />} title={t("stage.none")} text={text} />;
  }
  if (snapshot.screenFault) return <FaultCurtain fault={snapshot.screenFault} onRetry={onRetry} />;
  if (snapshot.waitingFor === "pause" || span?.state === "paused") {
    return <Curtain title={t("stage.paused")} text={t("stage.pausedText")} />;
  }
  if (span === null && !BEFORE.has(snapshot.state)) {
    return <Curtain icon={<IconScreenOff size={32} />} title={t("stage.noneHere")} />;
  }
  if (span?.state === "missing" && !isShortGap(span)) {
    const title = span.open ? t("stage.missingNow") : t("stage.missingUntil", { time: formatClock(originWallMs + span.endMs) });
    const why = span.advice ?? (span.reason ? formatCode(span.reason) : t("stage.noReason"));
    return <Curtain icon={<IconWarning size={32} />} title={title} text={why} />;
  }
  if (snapshot.state === "loading" || snapshot.waitingFor === "media") {
    return (
      <div className={classes["centre"]} role="status" aria-label={t("stage.loading")}>
        <Loader size="md" color="white" />
      </div>
    );
  }
  if (snapshot.state !== "paused") return null;
  return (
    <div className={classes["centre"]} data-quiet="true">
      <span className={classes["bigPlay"]}>
        <IconPlay size={30} />
      </span>
    </div>
  );
}

function isShortGap(span: Span | null): boolean {
  return span?.state === "missing" && !span.open && span.endMs - span.startMs < SHORT_GAP_MS;
}

/** What is said beside the picture, also where there is none: the sound may be in trouble too. */
export function Tags({ snapshot, onRetry }: Pick<OverlayProps, "snapshot" | "onRetry">) {
  const { t } = useTranslation(["player", "common"]);
  const { trouble, audioFault, stopped } = snapshot;
  const span = snapshot.screenShown ? snapshot.span : null;
  const reason = span?.reason ? formatCode(span.reason) : null;
  return (
    <div className={classes["tags"]} role="status">
      {span?.state === "acw" && <span data-kind="acw">{t("span.acw")}</span>}
      {isShortGap(span) && <span data-kind="acw">{reason === null ? t("span.missing") : t("span.missingBecause", { reason })}</span>}
      {snapshot.waitingFor === "live" && <span>{t("stage.live")}</span>}
      {trouble !== null && <span data-kind="trouble">{t("stage.trouble", { message: trouble.message })}</span>}
      {stopped && <span>{t("stage.stopped")}</span>}
      {audioFault !== null && (
        <>
          <span data-kind="trouble">{t("stage.audioFault", { message: audioFault.message })}</span>
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            {t("common:action.retry")}
          </Button>
        </>
      )}
    </div>
  );
}

function FaultCurtain({ fault, onRetry }: { readonly fault: MediaFault; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Curtain icon={<IconWarning size={32} />} title={fault.message} {...(fault.hint ? { text: fault.hint } : {})}>
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {t("action.retry")}
      </Button>
    </Curtain>
  );
}

interface CurtainProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

/** Opaque on purpose: nothing of the picture may be seen behind it. */
function Curtain({ icon, title, text, children }: CurtainProps) {
  return (
    <div className={classes["curtain"]} role="status">
      {icon}
      <strong>{title}</strong>
      {text !== undefined && <span className={classes["curtainText"]}>{text}</span>}
      {children}
    </div>
  );
}
