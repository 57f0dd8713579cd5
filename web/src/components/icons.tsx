/** The icons in use, drawn on a 24 grid in the colour of the text beside them. */

import type { ReactElement, ReactNode } from "react";

export interface IconProps {
  readonly size?: number;
}

export type Icon = (props: IconProps) => ReactElement;

function outline(children: ReactNode): Icon {
  return function OutlineIcon({ size = 18 }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {children}
      </svg>
    );
  };
}

export const IconPlay = outline(<path d="M7 4.5v15l12-7.5z" fill="currentColor" />);
export const IconPause = outline(<path d="M8 5v14M16 5v14" strokeWidth="4" />);
export const IconBack = outline(
  <>
    <path d="M11 6 5 12l6 6M19 6l-6 6 6 6" />
  </>,
);
export const IconForward = outline(
  <>
    <path d="m13 6 6 6-6 6M5 6l6 6-6 6" />
  </>,
);
export const IconVolume = outline(
  <>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" fill="currentColor" />
    <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />
  </>,
);
export const IconMuted = outline(
  <>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" fill="currentColor" />
    <path d="m16 9.5 5 5M21 9.5l-5 5" />
  </>,
);
export const IconFull = outline(<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />);
export const IconShrink = outline(<path d="M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5" />);
export const IconScreen = outline(
  <>
    <rect x="3" y="4.5" width="18" height="12" rx="1.5" />
    <path d="M9 20h6M12 16.5V20" />
  </>,
);
export const IconScreenOff = outline(
  <>
    <path d="M8 4.5h11.500a1.500 1.500 0 0 1 1.500 1.500v9.500M17 16.500H4.500A1.500 1.500 0 0 1 3 15V6" />
    <path d="M9 20h6M3 3l18 18" />
  </>,
);
export const IconAudio = outline(<path d="M4 10v4M8 6.500v11M12 4v16M16 8v8M20 10.500v3" />);
export const IconInbound = outline(<path d="M18 6 7 17M7 8.500V17h8.500" />);
export const IconOutbound = outline(<path d="M6 18 17 7M8.500 7H17v8.500" />);
export const IconUnknown = outline(<path d="M5 12h14" />);
export const IconSun = outline(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400" />
  </>,
);
export const IconMoon = outline(<path d="M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z" />);
export const IconAuto = outline(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
  </>,
);
export const IconWarning = outline(<path d="M12 4 2.800 19.500h18.400zM12 10v4.500M12 17v.100" />);
export const IconLeft = outline(<path d="m14 6-6 6 6 6" />);
export const IconRefresh = outline(<path d="M19.500 12A7.500 7.500 0 1 1 17 6.400L19.500 9M19.500 4.500V9H15" />);
export const IconUser = outline(
  <>
    <circle cx="12" cy="8" r="3.500" />
    <path d="M5 20c.500-4 3.500-5.500 7-5.500s6.500 1.500 7 5.500" />
  </>,
);
