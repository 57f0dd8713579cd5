/** A short word on what was done, in the corner of the page. */

import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";

export function useTell(): (message: string) => void {
  const { t } = useTranslation();
  return (message) => {
    notifications.show({ message, closeButtonProps: { "aria-label": t("action.close") } });
  };
}
