/** One frame of the picture as a PNG. */

/** As the element shows it now; null when it shows nothing. */
export function drawFrame(video: HTMLVideoElement): HTMLCanvasElement | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return canvas;
}

/** Null when the browser cannot write it. */
export function pngOf(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}

/** "deskreel-4f2a-0h12m30s.png": which call and which moment, in characters that every system takes. */
export function frameName(callId: string, positionMs: number): string {
  const seconds = Math.floor(positionMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const call = callId.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
  return `deskreel-${call}-${String(hours)}h${String(minutes).padStart(2, "0")}m${String(seconds % 60).padStart(2, "0")}s.png`;
}
