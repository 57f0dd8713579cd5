/** The keyboard map, over the page. */

import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Group } from "../lib/commands";
import { COMMANDS, capOf } from "../lib/commands";
import classes from "./help.module.css";

const GROUPS = ["playing", "moving", "picture", "sound", "others"] as const satisfies readonly Group[];

interface HelpProps {
  readonly opened: boolean;
  readonly mayScreenshot: boolean;
  readonly onClose: () => void;
}

export function Help({ opened, mayScreenshot, onClose }: HelpProps) {
  const { t } = useTranslation(["player", "common"]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("keys.title")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      size="xl"
      zIndex={400}
    >
      <div className={classes["groups"]}>
        {GROUPS.map((group) => (
          <section key={group} className={classes["group"]}>
            <h2>{t(`keys.${group}`)}</h2>
            <dl>
              {COMMANDS.filter((command) => command.group === group && (mayScreenshot || command.id !== "screenshot")).map(({ id, keys }) => (
                <div key={id}>
                  <dt>{t(`keys.${id}`)}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{key === " " ? t("keys.space") : capOf(key)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={classes["note"]}>{t("keys.wheel")}</p>
    </Modal>
  );
}
