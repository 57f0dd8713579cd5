/** Keep the picture that is shown: the server is asked first, and writes it to the audit log. */

import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import type { InteractionDetails } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { isVisible } from "../engine/timeline";
import type { PlayerEngine } from "../engine/player";
import { frameName, saveFrame } from "../lib/screenshot";

export function useScreenshot(engine: PlayerEngine, details: InteractionDetails, root: HTMLElement | null): () => void {
  const { t } = useTranslation("player");
  const { id, call_id: callId } = details;
  return useCallback(() => {
    const take = async () => {
      const positionMs = Math.floor(engine.positionMs);
      const video = root?.querySelector<HTMLVideoElement>("video[data-visible=true]");
      if (!video || !isVisible(engine.getSnapshot().span)) {
        notifications.show({ message: t("screenshotNone") });
        return;
      }
      engine.pause(); // the picture that was asked about is the one that is kept
      await unwrap(
        api.POST("/api/v1/interactions/{interaction_id}/screenshots", {
          params: { path: { interaction_id: id } },
          body: { at_ms: positionMs },
        }),
      );
      const name = frameName(callId, positionMs);
      const saved = await saveFrame(video, name);
      notifications.show({ message: saved ? t("screenshotSaved", { name }) : t("screenshotNone") });
    };
    take().catch((error: unknown) => {
      const { title, hint } = problemOf(error);
      notifications.show({ color: "red", title, message: hint });
    });
  }, [engine, id, callId, root, t]);
}
