/**
 * When frames really come to the glass. A browser that sees a steady frame rate shows each frame for the same number
 * of screen refreshes and lets it drift from the element's time by up to half a frame: 100 ms at 5 frames a second
 * (Chromium, media/filters/video_renderer_algorithm.cc). currentTime does not tell; the frame callback does.
 */

/** The median of so many frames counts, so that one that was late for another reason does not. */
const FRAMES = 3;
/** Beyond this it is not that kind of drift. */
const LIMIT_MS = 500;

export class ShownLead {
  private leads: number[] = [];
  /** The frame before was shown in the same run, so this one came to the glass at its own time. */
  private running = false;
  private handle: number;

  constructor(private readonly element: HTMLVideoElement) {
    this.handle = element.requestVideoFrameCallback(this.onFrame);
  }

  /** Positive: shown before its time. Null until enough frames were seen. */
  get leadMs(): number | null {
    if (this.leads.length < FRAMES) return null;
    return [...this.leads].sort((a, b) => a - b)[(FRAMES - 1) / 2] ?? null;
  }

  /** The element jumps or stands: the next frame says nothing, it may have begun long before. */
  reset(): void {
    this.leads = [];
    this.running = false;
  }

  dispose(): void {
    this.element.cancelVideoFrameCallback(this.handle);
  }

  private onFrame: VideoFrameRequestCallback = (_now, frame) => {
    const { element } = this;
    if (element.paused || element.seeking) this.reset();
    else {
      const aheadMs = (frame.expectedDisplayTime - performance.now()) * element.playbackRate;
      const lead = frame.mediaTime * 1000 - (element.currentTime * 1000 + aheadMs);
      if (this.running && Math.abs(lead) <= LIMIT_MS) this.leads = [...this.leads, lead].slice(-FRAMES);
      this.running = true;
    }
    this.handle = element.requestVideoFrameCallback(this.onFrame);
  };
}
