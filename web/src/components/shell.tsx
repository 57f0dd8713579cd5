/** The frame of every page behind the sign-in: who you are, where you are, light or dark. */

import { Loader, Menu, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Navigate, Outlet, useLocation } from "react-router";

import type { Session } from "../api/client";
import { api, unwrap } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { Language } from "../i18n";
import { LANGUAGES, chooseLanguage } from "../i18n";
import { SchemeToggle } from "./scheme-toggle";
import classes from "./shell.module.css";
import { ProblemNotice } from "./problem-notice";
import { IconUser } from "./icons";

/** The rooms of the product, in the bar's order. */
const NAVIGATION = [
  { to: "/activities", text: "nav.activities" },
  { to: "/recorders", text: "nav.recorders" },
] as const;

export function Shell() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  const location = useLocation();
  if (session.isPending) {
    return (
      <div className={classes["alone"]} role="status" aria-label={t("loading")}>
        <Loader />
      </div>
    );
  }
  if (session.data === undefined) {
    return (
      <div className={classes["alone"]}>
        <ProblemNotice error={session.error} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  if (session.data === null) {
    const next = `${location.pathname}${location.search}`;
    return <Navigate to={next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`} replace />;
  }
  return (
    <>
      <a className={classes["jump"]} href="#content">
        {t("jump")}
      </a>
      <header className={classes["bar"]}>
        <Link to="/activities" className={classes["brand"]}>
          <img src="/icon.svg" alt="" width={22} height={22} />
          Deskreel
        </Link>
        <nav className={classes["nav"]} aria-label={t("nav.label")}>
          {NAVIGATION.map(({ to, text }) => (
            <NavLink key={to} to={to}>
              {t(text)}
            </NavLink>
          ))}
        </nav>
        <SchemeToggle />
        <UserMenu session={session.data} />
      </header>
      <main id="content" className={classes["content"]}>
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}

function UserMenu({ session }: { readonly session: Session }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/session")),
    onSuccess: () => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, null);
    },
  });
  const { user } = session;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes["user"] ?? ""} aria-label={t("account.label", { name: user.name })}>
          <IconUser />
          {user.name}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.email}
          <br />
          {user.role}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        {Object.entries(LANGUAGES).map(([language, name]) => (
          <Menu.Item
            key={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            rightSection={i18n.language === language ? "✓" : null}
            onClick={() => void chooseLanguage(language as Language)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          onClick={() => {
            signOut.mutate();
          }}
        >
          {t("account.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
