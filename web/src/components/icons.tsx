/** The icons in use, drawn on a 24 grid in the colour of the text beside them. */

import type { ReactElement, ReactNode } from "react";

export interface IconProps {
  readonly size?: number;
}

export type Icon = (props: IconProps) => ReactElement;

export function outline(children: ReactNode): Icon {
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
export const IconSearch = outline(<path d="M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500 20 20" />);
export const IconFilter = outline(<path d="M4 6h16M7 12h10M10 18h4" />);
export const IconColumns = outline(<path d="M4 5h16v14H4zM9.500 5v14M14.500 5v14" />);
export const IconBookmark = outline(<path d="M7 4h10v16l-5-4-5 4z" />);
export const IconNewTab = outline(<path d="M13 4h7v7M20 4l-9 9M10 5H5v14h14v-5" />);
export const IconDownload = outline(<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14" />);
export const IconComment = outline(<path d="M4 5h16v11H11l-4 4v-4H4z" />);
export const IconUp = outline(<path d="m6 14 6-6 6 6" />);
export const IconDown = outline(<path d="m6 10 6 6 6-6" />);
export const IconRight = outline(<path d="m10 6 6 6-6 6" />);
export const IconPlus = outline(<path d="M12 5v14M5 12h14" />);
export const IconTrash = outline(<path d="M5 7h14M9 7V4.500h6V7M7 7l1 13h8l1-13M10.500 10.500v6M13.500 10.500v6" />);
export const IconEdit = outline(<path d="M5 19l1-4L16 5l3 3L9 18zM13.500 7.500l3 3" />);
export const IconCaptions = outline(<path d="M3 5.500h18v13H3zM10 10.500a2.200 2.200 0 1 0 0 3M17 10.500a2.200 2.200 0 1 0 0 3" />);
export const IconNext = outline(<path d="M6 5v14l9-7zM18 5v14" />);
export const IconPrevious = outline(<path d="M18 5v14l-9-7zM6 5v14" />);
export const IconChart = outline(<path d="M5 20V11M12 20V4M19 20v-7M3 20h18" />);
export const IconClipboard = outline(<path d="M8 5H5v15h14V5h-3M9 3.500h6v3H9zM8.500 11.500h7M8.500 15h5" />);
export const IconGrip = outline(<path d="M9 6h.1M15 6h.1M9 12h.1M15 12h.1M9 18h.1M15 18h.1" />);
