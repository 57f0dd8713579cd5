/** The frame of every page behind the sign-in: who you are, where you are, light or dark. */

import { Menu, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation } from "react-router";

import type { Session } from "../api/client";
import { api, unwrap } from "../api/client";
import { problemOf } from "../api/problem";
import { sessionQuery } from "../api/queries";
import { sessionEnd } from "../api/session-end";
import type { Language } from "../i18n";
import { LANGUAGES, chooseLanguage } from "../i18n";
import { SchemeToggle } from "./scheme-toggle";
import classes from "./shell.module.css";
import { IconUser } from "./icons";
import { useMay } from "./use-may";
import { useTell } from "./use-tell";

const FirstRun = lazy(async () => ({ default: (await import("../screens/welcome/first-run")).FirstRun }));

/** The rooms of the product, in the bar's order, each for those who may use it. */
const NAVIGATION = [
  { to: "/activities", text: "nav.activities", permission: "interactions.view" },
  { to: "/live", text: "nav.live", permission: "live.watch" },
  { to: "/evaluations", text: "nav.evaluations", permission: "evaluations.view" },
  { to: "/forms", text: "nav.forms", permission: "forms.view" },
  { to: "/reports", text: "nav.reports", permission: "reports.view" },
  { to: "/recorders", text: "nav.recorders", permission: "recorders.view" },
  { to: "/coverage", text: "nav.coverage", permission: "interactions.view" },
  { to: "/settings", text: "nav.settings", permission: "settings.view" },
] as const;

export function Shell() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const may = useMay();
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  const left = useRef(pathname);
  useEffect(() => {
    if (left.current === pathname) return;
    left.current = pathname;
    // Who goes from page to page by keyboard or hears them read goes on in the new one; a page that takes the focus keeps it.
    if (content.current?.contains(document.activeElement) !== true) content.current?.focus({ preventScroll: true });
  }, [pathname]);
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
          {NAVIGATION.filter(({ permission }) => may(permission)).map(({ to, text }) => (
            <NavLink key={to} to={to}>
              {t(text)}
            </NavLink>
          ))}
        </nav>
        <SchemeToggle />
        {session && <UserMenu session={session} />}
      </header>
      <main ref={content} id="content" className={classes["content"]} tabIndex={-1}>
        <Suspense>
          <Outlet />
        </Suspense>
        <Suspense>{may("settings.manage") && <FirstRun />}</Suspense>
      </main>
    </>
  );
}

function UserMenu({ session }: { readonly session: Session }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const tell = useTell();
  const left = () => {
    sessionEnd.left();
    client.clear();
    client.setQueryData(sessionQuery.queryKey, null);
  };
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/session")),
    onSuccess: left,
    onError: (error) => {
      const { status, title, hint } = problemOf(error);
      // The session was over already.
      if (status === 401) left();
      else tell(hint ?? "", { color: "red", title });
    },
  });
  const { user } = session;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes["user"] ?? ""} aria-label={t("account.label", { name: user.name })}>
          <IconUser />
          <span>{user.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.email}
          <br />
          {t(`role.${user.role}`)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(language) => void chooseLanguage(language as Language)}>
          {Object.entries(LANGUAGES).map(([language, name]) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item component={Link} to="/network-check">
          {t("account.networkCheck")}
        </Menu.Item>
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
