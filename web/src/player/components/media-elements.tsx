/** The two media elements with their drivers. They live as long as their address can be renewed. */

import { useEffect, useRef, useState } from "react";

import type { Offer } from "../drivers/fresh-url";
import { FreshUrl } from "../drivers/fresh-url";
import { HlsDriver } from "../drivers/hls-driver";
import { WatchedDriver } from "../drivers/watched-driver";
import classes from "./player.module.css";
import { usePlayerParts } from "./player-context";

interface MediaProps {
  readonly id: string;
  readonly offer: Offer;
}

/** An address that outlives renders and is told of every newer offer. */
function useAddress(offer: Offer): FreshUrl {
  const [address] = useState(() => new FreshUrl(offer));
  useEffect(() => {
    address.use(offer);
  }, [address, offer]);
  return address;
}

export function ScreenVideo(props: MediaProps & { readonly visible: boolean }) {
  const { engine } = usePlayerParts();
  const element = useRef<HTMLVideoElement>(null);
  const address = useAddress(props.offer);
  const { id, visible } = props;
  useEffect(() => {
    if (!element.current) return;
    const driver = new HlsDriver(element.current, address);
    const detach = engine.attachScreen(id, new WatchedDriver(driver, address.news));
    return () => {
      detach();
      driver.dispose();
    };
  }, [engine, address, id]);
  return (
    <video
      ref={element}
      className={classes["video"]}
      data-visible={visible}
      data-testid={visible ? "screen-video" : `screen-video-${id}`}
      muted
      playsInline
      disablePictureInPicture
      tabIndex={-1}
    />
  );
}

export function CallAudio(props: MediaProps & { readonly volume: number; readonly muted: boolean }) {
  const { engine } = usePlayerParts();
  const element = useRef<HTMLAudioElement>(null);
  const address = useAddress(props.offer);
  const { volume, muted } = props;
  useEffect(() => {
    if (!element.current) return;
    const driver = new HlsDriver(element.current, address);
    const detach = engine.attachAudio(new WatchedDriver(driver, address.news));
    return () => {
      detach();
      driver.dispose();
    };
  }, [engine, address]);
  useEffect(() => {
    if (!element.current) return;
    element.current.volume = volume;
    element.current.muted = muted;
  }, [volume, muted]);
  return <audio ref={element} data-testid="call-audio" />;
}
