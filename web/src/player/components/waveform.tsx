/** The call audio, drawn once per size, peaks or colours: channel 1 upwards, channel 2 downwards. */

import { useEffect, useRef, useState } from "react";

import classes from "./timeline.module.css";
import type { Peaks } from "./peaks";
import { columnsOf } from "./peaks";

interface WaveformProps {
  readonly peaks: Peaks | null;
  /** Position of audio time 0. */
  readonly audioStartMs: number;
  readonly durationMs: number;
  readonly colorScheme: string;
}

export function Waveform({ peaks, audioStartMs, durationMs, colorScheme }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, peaks, audioStartMs, durationMs);
  }, [peaks, audioStartMs, durationMs, width, colorScheme]);
  return <canvas ref={canvas} className={classes["waveform"]} aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, peaks: Peaks | null, audioStartMs: number, durationMs: number): void {
  const ratio = window.devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context || !peaks) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const columns = Math.floor(width / 2);
  const stereo = peaks.channels.length > 1;
  const middle = height / 2;
  peaks.channels.slice(0, 2).forEach((_, channel) => {
    context.fillStyle = style.getPropertyValue(`--dr-channel-${String(channel + 1)}`);
    columnsOf(peaks, channel, -audioStartMs, durationMs - audioStartMs, columns).forEach((loudness, column) => {
      // Speech is quiet most of the time: the root shows it, a straight scale hides it.
      const size = Math.sqrt(loudness) * (middle - 2);
      if (size < 0.5) return;
      const top = stereo && channel === 1 ? middle + 0.5 : middle - 0.5 - size;
      context.fillRect(column * 2, top, 1.5, stereo ? size : size * 2 + 1);
    });
  });
}
