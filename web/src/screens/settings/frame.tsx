/** The settings' own frame: their pages at the side, each for those who may see it. */

import { Suspense } from "react";
import { NavLink, Navigate, Outlet, useLocation } from "react-router";

import { Empty } from "../../components/empty";
import classes from "./frame.module.css";
import type { Permission } from "../../api/client";
import { useMay } from "../../components/use-may";
import { useTexts } from "./texts";

const GROUPS = [
  { key: "people", pages: ["users", "teams"] },
  { key: "recording", pages: ["features", "quality-management", "screen-recording", "recording", "do-not-record"] },
  { key: "systems", pages: ["network", "telephony", "webhooks", "api-keys", "audit"] },
] as const;

type PageKey = (typeof GROUPS)[number]["pages"][number];

const NEEDS: Readonly<Record<PageKey, Permission>> = {
  users: "users.view",
  teams: "users.view",
  features: "settings.view",
  "quality-management": "users.view",
  "screen-recording": "users.view",
  recording: "settings.view",
  "do-not-record": "settings.view",
  network: "settings.view",
  telephony: "settings.view",
  webhooks: "settings.view",
  "api-keys": "api_keys.manage",
  audit: "audit.view",
};

export function SettingsFrame() {
  const t = useTexts();
  const may = useMay();
  const here = useLocation().pathname.split("/")[2] ?? "";
  const needed = (NEEDS as Readonly<Record<string, Permission | undefined>>)[here];
  if (!Object.values(NEEDS).some(may)) return <NoPermission />;
  return (
    <div className={classes["frame"]}>
      <nav className={classes["side"]} aria-label={t("nav.label")}>
        {GROUPS.map(({ key, pages }) => {
          const shown = pages.filter((page) => may(NEEDS[page]));
          if (shown.length === 0) return null;
          return (
            <div key={key}>
              <h2>{t(`nav.${key}`)}</h2>
              {shown.map((page) => (
                <NavLink key={page} to={page}>
                  {t(`nav.pages.${page}`)}
                </NavLink>
              ))}
            </div>
          );
        })}
        {may("settings.manage") && (
          <div>
            <NavLink to="/welcome">{t("nav.welcome")}</NavLink>
          </div>
        )}
      </nav>
      <div className={classes["page"]}>
        <Suspense>{needed !== undefined && !may(needed) ? <NoPermission /> : <Outlet />}</Suspense>
      </div>
    </div>
  );
}

/** `/settings` itself: the first page that one may see. */
export function FirstPage() {
  const may = useMay();
  const first = GROUPS.flatMap(({ pages }) => [...pages]).find((page) => may(NEEDS[page]));
  return <Navigate to={first ?? "/activities"} replace />;
}

export function NoPermission() {
  const t = useTexts();
  return (
    <>
      <h1 className="visually-hidden">{t("nav.label")}</h1>
      <Empty title={t("noPermission.title")}>
        <p>{t("noPermission.text")}</p>
      </Empty>
    </>
  );
}
