/** A short word on what was done, in the corner of the page. */

import type { NotificationData } from "@mantine/notifications";
import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

export function useTell(): (message: string, more?: Pick<NotificationData, "title" | "color" | "autoClose">) => void {
  const { t } = useTranslation();
  return useCallback(
    (message, more) => {
      notifications.show({ ...more, message, closeButtonProps: { "aria-label": t("action.close") } });
    },
    [t],
  );
}
