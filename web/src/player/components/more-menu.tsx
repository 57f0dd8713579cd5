/** What is used now and then: what to leave out, the loop, links, pictures, the keys. */

import { ActionIcon, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration } from "../../lib/format";
import type { Desk } from "../lib/commands";
import { IconMore } from "./icons";
import { useSnapshot } from "./player-context";

interface MoreMenuProps {
  readonly desk: Desk;
  readonly mayScreenshot: boolean;
  readonly target: HTMLElement | null;
}

export function MoreMenu({ desk, mayScreenshot, target }: MoreMenuProps) {
  const { t } = useTranslation("player");
  const { loop, live } = useSnapshot();
  const { taste, setTaste } = desk;
  const toggle = (name: "skipSilence" | "skipIdle", label: string, key: string) => (
    <Menu.Item
      disabled={live}
      closeMenuOnClick={false}
      rightSection={taste[name] ? "✓" : key}
      onClick={() => {
        setTaste({ ...taste, [name]: !taste[name] });
      }}
    >
      {taste[name] ? t("isOn", { label }) : label /* the role is fixed and has no state */}
    </Menu.Item>
  );
  return (
    <Menu position="top-end" width={250} withInitialFocusPlaceholder={false} {...(target ? { portalProps: { target } } : {})}>
      <Menu.Target>
        <ActionIcon size={32} variant="subtle" color="gray" aria-label={t("more")}>
          <IconMore />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {toggle("skipSilence", t("skipSilence"), "i")}
        {toggle("skipIdle", t("skipIdle"), "u")}
        <Menu.Divider />
        {loop !== null && <Menu.Label>{t("loop", { from: formatDuration(loop.startMs), to: formatDuration(loop.endMs) })}</Menu.Label>}
        <Item text={t("loopFrom")} keys="a" onClick={desk.loopFrom} />
        <Item text={t("loopTo")} keys="b" onClick={desk.loopTo} />
        {loop !== null && <Item text={t("loopEnd")} keys="d" onClick={desk.loopEnd} />}
        <Menu.Divider />
        <Item text={t("copyLink")} keys="y" onClick={desk.copyLink} />
        {mayScreenshot && <Item text={t("screenshot")} keys="x" onClick={desk.screenshot} />}
        <Item text={t("keyboard")} keys="?" onClick={desk.toggleHelp} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Item({ text, keys, onClick }: { readonly text: string; readonly keys: string; readonly onClick: () => void }) {
  return (
    <Menu.Item rightSection={keys} onClick={onClick}>
      {text}
    </Menu.Item>
  );
}
