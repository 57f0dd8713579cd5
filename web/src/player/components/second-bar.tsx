/** The controls of the second screen: they go to the player that leads, or to this tab while it is on its own. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { IconBack, IconForward, IconFull, IconPause, IconPlay, IconShrink } from "../../components/icons";
import type { Company } from "../engine/peers/follower";
import type { Order } from "../engine/peers/messages";
import { JUMP_MS, SPEEDS, STEP_MS } from "../lib/commands";
import { Control } from "./control";
import { useSnapshot, usePlayerParts } from "./player-context";
import classes from "./second-screen.module.css";
import { ReadOut, Speed } from "./transport";
import transport from "./transport.module.css";
import type { Large } from "./use-large";

interface SecondBarProps {
  readonly company: Company;
  readonly order: (order: Order) => void;
  readonly move: (deltaMs: number) => void;
  readonly toggle: () => void;
  readonly large: Large;
}

export function SecondBar({ company, order, move, toggle, large }: SecondBarProps) {
  const { t } = useTranslation("player");
  const { engine } = usePlayerParts();
  const { state, durationMs } = useSnapshot();
  const runs = state === "playing" || state === "waiting";
  const { isFull, toggleFull } = large;
  useEffect(() => {
    const keys: Readonly<Record<string, () => void>> = {
      " ": toggle,
      k: toggle,
      ArrowLeft: () => move(-STEP_MS),
      ArrowRight: () => move(STEP_MS),
      j: () => move(-JUMP_MS),
      l: () => move(JUMP_MS),
      Home: () => order({ kind: "seek", positionMs: 0 }),
      "<": () => order({ kind: "rate", rate: SPEEDS.findLast((speed) => speed < engine.getSnapshot().rate) ?? SPEEDS[0] }),
      ">": () => order({ kind: "rate", rate: SPEEDS.find((speed) => speed > engine.getSnapshot().rate) ?? 3 }),
      f: toggleFull,
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("select, input, textarea, [role=dialog]")) return;
      if (event.key === " " && target?.closest("button")) return;
      const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [engine, toggle, move, order, toggleFull]);
  const label = runs ? t("pause") : t("play");
  return (
    <div className={`${transport["bar"] ?? ""} ${classes["bar"] ?? ""}`}>
      <Control label={t("back")} keys="←" onClick={() => move(-STEP_MS)}>
        <IconBack />
      </Control>
      <ActionIcon size={36} radius="xl" variant="filled" aria-label={label} data-testid="play" onClick={toggle}>
        {runs ? <IconPause size={20} /> : <IconPlay size={20} />}
      </ActionIcon>
      <Control label={t("forward")} keys="→" onClick={() => move(STEP_MS)}>
        <IconForward />
      </Control>
      <ReadOut durationMs={durationMs} />
      <span className={transport["push"]} />
      <Tooltip label={t("second.aloneText")} disabled={company !== "alone"} multiline maw={320}>
        <span className={classes["company"]} data-company={company} role="status">
          {company === "together" ? t("second.inStep") : t("second.alone")}
        </span>
      </Tooltip>
      <Speed
        onRate={(wanted) => {
          order({ kind: "rate", rate: wanted });
        }}
      />
      <Control label={isFull ? t("leaveFull") : t("full")} keys="f" onClick={toggleFull}>
        {isFull ? <IconShrink /> : <IconFull />}
      </Control>
    </div>
  );
}
