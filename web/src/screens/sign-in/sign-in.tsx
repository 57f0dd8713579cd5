/** The way in. */

import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { sessionQuery } from "../../api/queries";
import { sessionEnd } from "../../api/session-end";
import { ProblemNotice } from "../../components/problem-notice";
import { SchemeToggle } from "../../components/scheme-toggle";
import { safeNext } from "../../lib/next";
import classes from "./sign-in.module.css";

export function SignIn() {
  const { t } = useTranslation("sign_in");
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const [search] = useSearchParams();
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => unwrap(api.POST("/api/v1/session", { body })),
    onSuccess: (created) => {
      sessionEnd.began();
      client.setQueryData(sessionQuery.queryKey, created);
    },
  });
  if (session.data) return <Navigate to={safeNext(search.get("next"))} replace />;
  return (
    <div className={classes["page"]}>
      <title>{t("page")}</title>
      <div className={classes["corner"]}>
        <SchemeToggle />
      </div>
      <main className={classes["card"]}>
        <div className={classes["brand"]}>
          <img src="/icon.svg" alt="" width={32} height={32} />
          <h1>{t("title")}</h1>
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            signIn.mutate({ email: text(form, "email"), password: text(form, "password") });
          }}
        >
          <Stack gap="md">
            {signIn.isError && <ProblemNotice error={signIn.error} />}
            <TextInput label={t("email")} name="email" type="email" autoComplete="username" required withAsterisk={false} autoFocus />
            <PasswordInput label={t("password")} name="password" autoComplete="current-password" required withAsterisk={false} />
            <Button type="submit" loading={signIn.isPending} fullWidth mt="xs">
              {t("submit")}
            </Button>
          </Stack>
        </form>
      </main>
    </div>
  );
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
