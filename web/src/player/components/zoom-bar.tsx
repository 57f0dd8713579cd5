/** How far the picture is zoomed, and the way back. */

import { ActionIcon, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconPlus } from "../../components/icons";
import type { View } from "../lib/zoom";
import { WHOLE, zoomAt } from "../lib/zoom";
import { IconMinus } from "./icons";
import classes from "./player.module.css";

const STEP = 1.5;

interface ZoomBarProps {
  readonly view: View;
  readonly setView: (change: (view: View) => View) => void;
}

export function ZoomBar({ view, setView }: ZoomBarProps) {
  const { t } = useTranslation("player");
  return (
    <div className={classes["zoomBar"]}>
      <ActionIcon
        variant="default"
        aria-label={t("zoomOut")}
        onClick={() => {
          setView((now) => zoomAt(now, 1 / STEP, 0.5, 0.5));
        }}
      >
        <IconMinus />
      </ActionIcon>
      <Button
        size="compact-sm"
        variant="default"
        title={t("zoomReset")}
        onClick={() => {
          setView(() => WHOLE);
        }}
      >
        {t("zoomed", { percent: Math.round(view.scale * 100) })}
      </Button>
      <ActionIcon
        variant="default"
        aria-label={t("zoomIn")}
        onClick={() => {
          setView((now) => zoomAt(now, STEP, 0.5, 0.5));
        }}
      >
        <IconPlus />
      </ActionIcon>
    </div>
  );
}
