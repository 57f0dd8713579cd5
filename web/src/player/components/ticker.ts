/** Turns the engine with the picture: each animation frame, and a few times a second while the page is hidden. */

const HIDDEN_MS = 250;

export class Ticker {
  private readonly listeners = new Set<() => void>();
  private frame = 0;
  private timer: ReturnType<typeof setInterval> | null = null;

  start(): () => void {
    const turn = () => {
      for (const listener of this.listeners) listener();
    };
    const onFrame = () => {
      turn();
      this.frame = requestAnimationFrame(onFrame);
    };
    this.frame = requestAnimationFrame(onFrame);
    this.timer = setInterval(() => {
      if (document.hidden) turn();
    }, HIDDEN_MS);
    return () => {
      cancelAnimationFrame(this.frame);
      if (this.timer !== null) clearInterval(this.timer);
    };
  }

  onTick(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
