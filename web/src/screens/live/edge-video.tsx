/** The live edge of the playlist, seconds behind: the picture where WebRTC brings none. */

import { useEffect, useRef, useState } from "react";

import { LiveEdge } from "../../live/edge";
import { FreshUrl } from "../../player/drivers/fresh-url";
import { HlsDriver } from "../../player/drivers/hls-driver";
import classes from "./live.module.css";

interface EdgeVideoProps {
  readonly playlistUrl: () => string | null;
  /** The browser's clock is so far behind the server's. */
  readonly clockMs: number;
  /** How old the picture is; null while there is none. */
  readonly onDelay: (delayMs: number | null) => void;
}

export default function EdgeVideo({ playlistUrl, clockMs, onDelay }: EdgeVideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  const clock = useRef(clockMs);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    clock.current = clockMs;
  }, [clockMs]);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    const offer = () => {
      const url = playlistUrl() ?? "";
      return { url, live: true, renew: () => Promise.resolve(playlistUrl() ?? url) };
    };
    const address = new FreshUrl(offer());
    const driver = new HlsDriver(video, address);
    const edge = new LiveEdge(driver, () => Date.now() + clock.current, (delayMs) => {
      address.use(offer());
      const isThere = delayMs !== null && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      setSeen((before) => before || isThere);
      onDelay(isThere ? delayMs : null);
    });
    return () => {
      edge.dispose();
      driver.dispose();
      onDelay(null);
    };
  }, [playlistUrl, onDelay]);
  return (
    <video ref={element} className={classes["video"]} data-visible={isSeen} data-testid="edge-video" muted playsInline disablePictureInPicture tabIndex={-1} />
  );
}
