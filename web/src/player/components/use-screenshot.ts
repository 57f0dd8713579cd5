/** Keep the picture that is shown: the server is asked first, and writes it to the audit log. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import type { InteractionDetails } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { saveFile } from "../../components/save-file";
import { useTell } from "../../components/use-tell";
import { isVisible } from "../engine/timeline";
import type { PlayerEngine } from "../engine/player";
import { drawFrame, frameName, pngOf } from "../lib/screenshot";

export function useScreenshot(engine: PlayerEngine, details: InteractionDetails, root: HTMLElement | null): () => void {
  const { t } = useTranslation("player");
  const tell = useTell();
  const { id, call_id: callId } = details;
  return useCallback(() => {
    const take = async () => {
      const video = root?.querySelector<HTMLVideoElement>("video[data-visible=true]");
      if (!video || !isVisible(engine.getSnapshot().span)) {
        tell(t("screenshotNone"));
        return;
      }
      // The picture that is asked about is the one that is kept, whatever is played while the server answers.
      const positionMs = Math.floor(engine.positionMs);
      const frame = drawFrame(video);
      engine.pause();
      const png = frame === null ? null : await pngOf(frame);
      if (png === null) {
        tell(t("screenshotNone"));
        return;
      }
      await unwrap(
        api.POST("/api/v1/interactions/{interaction_id}/screenshots", {
          params: { path: { interaction_id: id } },
          body: { at_ms: positionMs },
        }),
      );
      const name = frameName(callId, positionMs);
      saveFile(name, png);
      tell(t("screenshotSaved", { name }));
    };
    take().catch((error: unknown) => {
      const { title, hint } = problemOf(error);
      tell(hint ?? "", { color: "red", title });
    });
  }, [engine, id, callId, root, t, tell]);
}
