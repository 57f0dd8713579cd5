/** By what the telephony's events find a person: extension, interface, external id; of one source or of any. */

import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../../components/use-may";
import type { Identity } from "../queries";
import { sourcesQuery } from "../queries";
import { useTexts } from "../texts";
import classes from "./users.module.css";

const KINDS = ["extension", "interface", "external_id"] as const;

interface IdentitiesProps {
  readonly value: readonly Identity[];
  readonly readOnly: boolean;
  readonly onChange: (value: readonly Identity[]) => void;
}

export function Identities({ value, readOnly, onChange }: IdentitiesProps) {
  const t = useTexts();
  const sources = useQuery({ ...sourcesQuery, enabled: useMay()("settings.view"), refetchInterval: false });
  const set = (index: number, more: Partial<Identity>) => {
    onChange(value.map((one, at) => (at === index ? { ...one, ...more } : one)));
  };
  return (
    <fieldset className={classes["identities"]}>
      <legend>{t("users.identities")}</legend>
      <p>{t("users.identitiesText")}</p>
      {value.map((one, index) => (
        <div key={index} className={classes["identity"]}>
          <Select
            aria-label={t("identity.kind")}
            data={KINDS.map((kind) => ({ value: kind, label: t(`identity.${kind}`) }))}
            value={one.kind}
            allowDeselect={false}
            disabled={readOnly}
            onChange={(kind) => { set(index, { kind: kind as Identity["kind"] }); }}
          />
          <TextInput
            aria-label={t("identity.value")}
            placeholder={t(`identity.example.${one.kind}`)}
            value={one.value}
            maxLength={200}
            readOnly={readOnly}
            onChange={(event) => { set(index, { value: event.currentTarget.value }); }}
          />
          <Select
            aria-label={t("identity.source")}
            placeholder={t("identity.anySource")}
            clearable
            data={(sources.data ?? []).map((source) => source.name)}
            value={one.source ?? null}
            disabled={readOnly}
            onChange={(source) => { set(index, { source }); }}
          />
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={32}
              aria-label={t("identity.remove", { value: one.value })}
              onClick={() => { onChange(value.filter((_, at) => at !== index)); }}
            >
              ×
            </ActionIcon>
          )}
        </div>
      ))}
      {!readOnly && (
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => { onChange([...value, { kind: "extension", value: "", source: null }]); }}
        >
          {t("identity.add")}
        </Button>
      )}
    </fieldset>
  );
}
