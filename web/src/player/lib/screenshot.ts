/** One frame of the picture as a PNG file in the reader's downloads. */

/** False when the element shows nothing. */
export async function saveFrame(video: HTMLVideoElement, name: string): Promise<boolean> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return false;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (blob === null) return false;
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
  return true;
}

/** "deskreel-4f2a-0h12m30s.png": which call and which moment, in characters that every system takes. */
export function frameName(callId: string, positionMs: number): string {
  const seconds = Math.floor(positionMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const call = callId.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
  return `deskreel-${call}-${String(hours)}h${String(minutes).padStart(2, "0")}m${String(seconds % 60).padStart(2, "0")}s.png`;
}
