/** The icons that only the player has, as components/icons draws them. */

import { outline } from "../../components/icons";

export const IconMore = outline(<path d="M5 12h.100M12 12h.100M19 12h.100" strokeWidth="3" />);
export const IconExpand = outline(<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7" />);
export const IconContract = outline(<path d="M20 10h-6V4M14 10l7-7M4 14h6v6M10 14l-7 7" />);
export const IconMinus = outline(<path d="M6 12h12" />);
