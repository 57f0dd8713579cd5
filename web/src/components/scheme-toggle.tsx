/** Light, dark, or as the system says. */

import type { MantineColorScheme } from "@mantine/core";
import { ActionIcon, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconAuto, IconMoon, IconSun } from "./icons";

const NEXT: Readonly<Record<MantineColorScheme, MantineColorScheme>> = { auto: "light", light: "dark", dark: "auto" };
const ICONS = { auto: IconAuto, light: IconSun, dark: IconMoon } as const;

export function SchemeToggle() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICONS[colorScheme];
  const label = t("scheme.label", { now: t(`scheme.${colorScheme}`), next: t(`scheme.${NEXT[colorScheme]}`) });
  return (
    <Tooltip label={label}>
      <ActionIcon
        size={32}
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => {
          setColorScheme(NEXT[colorScheme]);
        }}
      >
        <Icon />
      </ActionIcon>
    </Tooltip>
  );
}
