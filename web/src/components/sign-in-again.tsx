/** The dialog over a page whose session has ended. The page under it stays as it is and goes on after signing in. */

import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/client";
import { api, unwrap } from "../api/client";
import { askForSession, sessionQuery } from "../api/queries";
import { sessionEnd } from "../api/session-end";
import { ProblemNotice } from "./problem-notice";

export function SignInAgain({ user }: { readonly user: Session["user"] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isOver = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.isOver);
  const [password, setPassword] = useState("");
  const goOn = (session: Session) => {
    // Somebody else's page must not show what this person saw.
    if (session.user.id !== user.id) return leave();
    client.setQueryData(sessionQuery.queryKey, session);
    setPassword("");
    sessionEnd.began();
  };
  const signIn = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/session", { body: { email: user.email, password } })),
    onSuccess: goOn,
  });

  useEffect(() => {
    if (!isOver) return;
    // Perhaps they signed in again in another tab.
    const look = async () => {
      if (document.hidden) return;
      const session = await askForSession().catch(() => null);
      if (session !== null) goOn(session);
    };
    const onLook = () => void look();
    document.addEventListener("visibilitychange", onLook);
    window.addEventListener("focus", onLook);
    return () => {
      document.removeEventListener("visibilitychange", onLook);
      window.removeEventListener("focus", onLook);
    };
  });

  return (
    <Modal
      opened={isOver}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      centered
      title={t("again.title")}
      zIndex={1000}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          signIn.mutate();
        }}
      >
        <Stack gap="md">
          <Text size="sm">{t("again.text")}</Text>
          {signIn.isError && <ProblemNotice error={signIn.error} />}
          <input type="email" autoComplete="username" value={user.email} readOnly hidden />
          <PasswordInput
            label={t("again.password", { email: user.email })}
            value={password}
            onChange={(event) => {
              setPassword(event.currentTarget.value);
            }}
            autoComplete="current-password"
            required
            withAsterisk={false}
            data-autofocus
          />
          <Group justify="space-between">
            <Button variant="subtle" color="gray" onClick={leave}>
              {t("again.leave")}
            </Button>
            <Button type="submit" loading={signIn.isPending}>
              {t("again.signIn")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Give up what waits and begin anew. */
function leave(): void {
  sessionEnd.left();
  window.location.assign("/sign-in");
}
