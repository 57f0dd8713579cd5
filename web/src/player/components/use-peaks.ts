/** The waveform of the call audio, who is heard in it, and why there is none. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { InteractionDetails } from "../../api/client";
import { voicesOf } from "../lib/voices";
import type { Peaks } from "./peaks";
import { readPeaks } from "./peaks";
import type { Caption } from "./player-context";

export function usePeaks({ call_recording: call }: InteractionDetails): Peaks | null {
  const ready = call?.state === "ready" && call.peaks_url !== null;
  const { data } = useQuery({
    queryKey: ["peaks", call?.id],
    queryFn: async () => {
      const response = await fetch(call?.peaks_url ?? "");
      if (!response.ok) throw new Error(`Peaks: ${String(response.status)}`);
      return readPeaks(await response.json());
    },
    enabled: ready,
    staleTime: Infinity,
  });
  return ready ? (data ?? null) : null;
}

/** The speakers of each channel, as far as the transcript tells. */
export function useVoices(details: InteractionDetails, said: readonly Caption[] | undefined): readonly (readonly string[])[] {
  const peaks = usePeaks(details);
  const { started_at: origin, call_recording: call } = details;
  const startMs = (call?.starts_at ?? origin) - origin;
  return useMemo(() => (peaks === null || said === undefined ? [] : voicesOf(peaks, startMs, said)), [peaks, startMs, said]);
}

export function useAudioNote({ call_recording: call, state }: InteractionDetails): string {
  const { t } = useTranslation("player");
  if (call === null) return t("audio.none");
  if (call.state === "failed") return call.error ? t("audio.failedBecause", { reason: call.error }) : t("audio.failed");
  if (call.state === "ready") return call.peaks_url === null ? t("audio.noWaveform") : "";
  return state === "in_progress" ? t("audio.after") : t("audio.preparing");
}
