/** The icons that only the player has, in the manner of components/icons. */

import type { ReactNode } from "react";

import type { Icon } from "../../components/icons";

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

export const IconPrevious = outline(<path d="M6 5v14M18 6l-8 6 8 6z" />);
export const IconNext = outline(<path d="M18 5v14M6 6l8 6-8 6z" />);
export const IconCaptions = outline(
  <>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <path d="M7 12h4M13.500 12H17M7 15.500h7" />
  </>,
);
export const IconMore = outline(<path d="M5 12h.100M12 12h.100M19 12h.100" strokeWidth="3" />);
export const IconExpand = outline(<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7" />);
export const IconContract = outline(<path d="M20 10h-6V4M14 10l7-7M4 14h6v6M10 14l-7 7" />);
export const IconNewTab = outline(<path d="M13 4h7v7M20 4l-9 9M17 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h5" />);
export const IconPlus = outline(<path d="M12 6v12M6 12h12" />);
export const IconMinus = outline(<path d="M6 12h12" />);
