/** The frame of every page behind the sign-in: who you are, where you are, light or dark. */

import { Loader, Menu, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, NavLink, Navigate, Outlet, useLocation } from "react-router";

import type { Session } from "../api/client";
import { api, unwrap } from "../api/client";
import { sessionQuery } from "../api/queries";
import { SchemeToggle } from "./scheme-toggle";
import classes from "./shell.module.css";
import { ProblemNotice } from "./problem-notice";
import { IconUser } from "./icons";

export function Shell() {
  const session = useQuery(sessionQuery);
  const location = useLocation();
  if (session.isPending) {
    return (
      <div className={classes["alone"]} role="status" aria-label="Loading">
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
        Skip to content
      </a>
      <header className={classes["bar"]}>
        <Link to="/activities" className={classes["brand"]}>
          <img src="/icon.svg" alt="" width={22} height={22} />
          Deskreel
        </Link>
        <nav className={classes["nav"]} aria-label="Main">
          <NavLink to="/activities">Activities</NavLink>
          <NavLink to="/recorders">Recorders</NavLink>
        </nav>
        <SchemeToggle />
        <UserMenu session={session.data} />
      </header>
      <main id="content" className={classes["content"]}>
        <Outlet />
      </main>
    </>
  );
}

function UserMenu({ session }: { readonly session: Session }) {
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
        <UnstyledButton className={classes["user"] ?? ""} aria-label={`Account of ${user.name}`}>
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
        <Menu.Item
          onClick={() => {
            signOut.mutate();
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
