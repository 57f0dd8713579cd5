/** Take the call away as one MP4: the server makes it, which takes a moment, and the browser then fetches it. */

import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import type { Download } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { IconDownload } from "../../components/icons";
import { ProblemNotice } from "../../components/problem-notice";
import classes from "./activity-details.module.css";
import { useTexts } from "./texts";

/** The server is asked after this long, then less and less often. */
const FIRST_MS = 1000;
const SLOWER = 1.3;
const LONGEST_MS = 10_000;

export function DownloadButton({ interaction }: { readonly interaction: string }) {
  const t = useTexts();
  const left = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    left.current = leaving;
    return () => {
      leaving.abort();
    };
  }, []);
  const fetching = useMutation({
    mutationFn: () => made(interaction, left.current.signal),
    onSuccess: ({ url }) => {
      if (url !== null) save(url);
    },
  });
  const { isPending, data } = fetching;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconDownload size={16} />}
        loading={isPending}
        title={t("download.help")}
        onClick={() => {
          fetching.mutate();
        }}
      >
        {t("download.button")}
      </Button>
      <span className="visually-hidden" role="status">
        {isPending && t("download.waiting")}
      </span>
      {fetching.isError && (
        <div className={classes["wide"]}>
          <ProblemNotice error={fetching.error} />
        </div>
      )}
      {data?.state === "failed" && (
        <p className={classes["wide"]} role="alert">
          {t("download.failed", { why: data.error ?? "" })}
        </p>
      )}
    </>
  );
}

/** Ask for the file and wait until it is made, or cannot be, or nobody waits any more. */
async function made(interaction: string, signal: AbortSignal): Promise<Download> {
  const path = { interaction_id: interaction };
  let download = await unwrap(api.POST("/api/v1/interactions/{interaction_id}/downloads", { params: { path } }));
  const one = { ...path, download_id: download.id };
  for (let pause = FIRST_MS; download.state === "waiting" || (download.state === "ready" && download.url === null); pause *= SLOWER) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, LONGEST_MS)));
    signal.throwIfAborted();
    download = await unwrap(api.GET("/api/v1/interactions/{interaction_id}/downloads/{download_id}", { params: { path: one }, signal }));
  }
  return download;
}

/** The answer comes as an attachment: the page stays where it is. */
function save(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
