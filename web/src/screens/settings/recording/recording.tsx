/** Recording settings of the account, of a team, of an agent: what holds, where it comes from, what is set here. */

import { useQuery } from "@tanstack/react-query";

import { Empty } from "../../../components/empty";
import { Card, Loaded, Page } from "../../../components/page";
import { recordingSettingsQuery } from "../queries";
import { ScopeChooser, useScope } from "../scope-chooser";
import { useTexts } from "../texts";
import { SettingsForm } from "./form";

export function Recording() {
  const t = useTexts();
  const choice = useScope();
  const { scope, level, chosen, teamOf } = choice;
  return (
    <Page title={t("recording.title")} lead={t("recording.lead")}>
      <Card>
        <ScopeChooser choice={choice} />
      </Card>
      {chosen ? (
        <Scope key={scope} scope={scope} parent={level === "account" ? null : level === "team" ? "account" : (teamOf ?? "account")} />
      ) : (
        <Card>
          <Empty title={t(`recording.choose.${level === "team" ? "team" : "agent"}`)}>
            <p>{t("recording.chooseText")}</p>
          </Empty>
        </Card>
      )}
    </Page>
  );
}

/** `parent`: from where what is not set here comes; null: the server's environment, which has no address. */
function Scope({ scope, parent }: { readonly scope: string; readonly parent: string | null }) {
  const query = useQuery(recordingSettingsQuery(scope));
  const above = useQuery({ ...recordingSettingsQuery(parent ?? "account"), enabled: parent !== null });
  return (
    <Loaded query={query} rows={8}>
      {(settings) => <SettingsForm scope={scope} settings={settings} inherited={parent === null ? null : (above.data?.values ?? null)} />}
    </Loaded>
  );
}
