/** A stream in a video element. It is seen from its first frame on; with the element every frame goes away. */

import { useEffect, useRef, useState } from "react";

import classes from "./live.module.css";

interface StreamVideoProps {
  readonly stream: MediaStream;
  readonly onSeen: (isSeen: boolean) => void;
}

export function StreamVideo({ stream, onSeen }: StreamVideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = stream;
    video.play().catch(() => undefined); // muted, so that no browser refuses; else it stays covered
    const waiting = video.requestVideoFrameCallback(() => {
      setSeen(true);
      onSeen(true);
    });
    return () => {
      video.cancelVideoFrameCallback(waiting);
      video.srcObject = null;
      onSeen(false);
    };
  }, [stream, onSeen]);
  return (
    <video ref={element} className={classes["video"]} data-visible={isSeen} data-testid="live-video" muted playsInline disablePictureInPicture tabIndex={-1} />
  );
}
