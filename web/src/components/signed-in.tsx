/** Every page behind the sign-in: lets nobody else through, and asks to sign in again over a page whose session ended. */

import { Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation } from "react-router";

import { sessionQuery } from "../api/queries";
import { ProblemNotice } from "./problem-notice";
import classes from "./shell.module.css";
import { SignInAgain } from "./sign-in-again";

export function SignedIn() {
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
      <main className={classes["alone"]}>
        <ProblemNotice error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === null) {
    const next = `${location.pathname}${location.search}`;
    return <Navigate to={next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`} replace />;
  }
  return (
    <>
      <Suspense>
        <Outlet />
      </Suspense>
      <SignInAgain user={session.data.user} />
    </>
  );
}
