/** The bones of a page: its title, its cards, and what stands there while nothing can be shown. */

import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./parts.module.css";
import { ProblemNotice } from "./problem-notice";

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, lead, actions, children }: PageProps) {
  return (
    <>
      <title>{`${title} · Deskreel`}</title>
      <div className={classes["head"]}>
        <div>
          <h1>{title}</h1>
          {lead && <p className={classes["lead"]}>{lead}</p>}
        </div>
        {actions && <div className={classes["headActions"]}>{actions}</div>}
      </div>
      <div className={classes["stack"]}>{children}</div>
    </>
  );
}

interface CardProps {
  readonly title?: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** Without padding, for tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Card({ title, lead, actions, flush = false, children }: CardProps) {
  return (
    <section className={classes["card"]} data-flush={flush} {...(title === undefined ? {} : { "aria-label": title })}>
      {(title !== undefined || actions) && (
        <div className={classes["cardHead"]}>
          <div>
            {title !== undefined && <h2>{title}</h2>}
            {lead && <p className={classes["lead"]}>{lead}</p>}
          </div>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

export function Loading({ rows = 4 }: { readonly rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className={classes["card"]} role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={24} mb="md" />
      ))}
    </div>
  );
}

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** Loading, the problem, or the data; data that is there stays while it is read anew. */
export function Loaded<T>({ query, rows, children }: LoadedProps<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
