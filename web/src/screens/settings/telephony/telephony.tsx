/** Telephony sources: how each stands right now, and the ways to add, change, test, and renew their secrets. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { SecretDialog } from "../../../components/dialogs";
import { Empty } from "../../../components/empty";
import { Card, Loaded, Page } from "../../../components/page";
import { useMay } from "../../../components/use-may";
import { sourcesQuery } from "../queries";
import { useTexts } from "../texts";
import { SourceCard } from "./source-card";
import { SourceDialog } from "./source-dialog";

export function Telephony() {
  const t = useTexts();
  const manages = useMay()("settings.manage");
  const query = useQuery(sourcesQuery);
  const [editing, setEditing] = useState<string | null>(null);
  const [secret, setSecret] = useState<{ readonly name: string; readonly value: string } | null>(null);
  return (
    <Page
      title={t("telephony.title")}
      lead={t("telephony.lead")}
      actions={
        manages && (
          <Button size="compact-md" onClick={() => { setEditing("new"); }}>
            {t("telephony.add")}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(sources) => (
          <>
            {sources.length === 0 && (
              <Card>
                <Empty title={t("telephony.none")}>
                  <p>{t("telephony.noneText")}</p>
                </Empty>
              </Card>
            )}
            {sources.map((source) => (
              <SourceCard
                key={source.id}
                source={source}
                manages={manages}
                onEdit={() => { setEditing(source.id); }}
                onSecret={(value) => { setSecret({ name: source.name, value }); }}
              />
            ))}
            <SourceDialog
              id={editing}
              sources={sources}
              onClose={() => { setEditing(null); }}
              onMade={(made) => {
                setEditing(null);
                if (made.secret !== null) setSecret({ name: made.source.name, value: made.secret });
              }}
            />
          </>
        )}
      </Loaded>
      <SecretDialog
        value={secret?.value ?? null}
        title={t("telephony.secretTitle", { name: secret?.name ?? "" })}
        label={t("telephony.secret")}
        text={<p>{t("telephony.secretText", { address: `${window.location.origin}/api/v1/call-events?source=${encodeURIComponent(secret?.name ?? "")}` })}</p>}
        onClose={() => { setSecret(null); }}
      />
    </Page>
  );
}
