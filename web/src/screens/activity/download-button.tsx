/** Take the call away as one MP4: the server makes it, which takes a moment, and the browser then fetches it. */

import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import type { Download } from "../../api/client";
import { api, unwrap } from "../../api/client";
import { IconDownload } from "../../components/icons";
import { ProblemNotice } from "../../components/problem-notice";
import classes from "./activity-details.module.css";
import { useTexts } from "./texts";

const ASK_MS = 1000;

export function DownloadButton({ interaction }: { readonly interaction: string }) {
  const t = useTexts();
  const fetching = useMutation({
    mutationFn: () => made(interaction),
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

/** Ask for the file and wait until it is made, or cannot be. */
async function made(interaction: string): Promise<Download> {
  const path = { interaction_id: interaction };
  let download = await unwrap(api.POST("/api/v1/interactions/{interaction_id}/downloads", { params: { path } }));
  const one = { ...path, download_id: download.id };
  while (download.state === "waiting" || (download.state === "ready" && download.url === null)) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    download = await unwrap(api.GET("/api/v1/interactions/{interaction_id}/downloads/{download_id}", { params: { path: one } }));
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
