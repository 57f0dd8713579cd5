/** The form of one scope's recording settings. */

import { Button, NumberInput, Select, Switch } from "@mantine/core";

import { api, unwrap } from "../../../api/client";
import { Card } from "../../../components/page";
import { SaveBar } from "../../../components/save-bar";
import { useMay } from "../../../components/use-may";
import type { Versioned } from "../../../components/use-versioned";
import { useVersioned } from "../../../components/use-versioned";
import type { RecordingSettings, SettingValues } from "../queries";
import { useTexts } from "../texts";
import type { Field, Overrides, SettingName } from "./fields";
import { CANVASES, EMPTY, GROUPS, holds, isIncomplete } from "./fields";
import classes from "./recording.module.css";

interface SettingsFormProps {
  readonly scope: string;
  readonly settings: RecordingSettings;
  readonly inherited: SettingValues | null;
}

function save(scope: string, overrides: Overrides, version: number) {
  // What is not set is left out, which is what inheriting means; the API's type has defaults instead.
  const body = { version, values: overrides as SettingValues };
  if (scope.startsWith("tea_")) return unwrap(api.PUT("/api/v1/recording-settings/teams/{team_id}", { params: { path: { team_id: scope } }, body }));
  if (scope.startsWith("agt_")) return unwrap(api.PUT("/api/v1/recording-settings/agents/{agent_id}", { params: { path: { agent_id: scope } }, body }));
  return unwrap(api.PUT("/api/v1/recording-settings", { body }));
}

export function SettingsForm({ scope, settings, inherited }: SettingsFormProps) {
  const t = useTexts();
  const readOnly = !useMay()("settings.manage");
  const form = useVersioned<Overrides & Record<string, unknown>>({
    saved: settings.overrides,
    version: settings.version,
    queryKeys: [["recording-settings"]],
    save: (overrides, version) => save(scope, overrides, version),
  });
  return (
    <>
      {GROUPS.map((group) => (
        <Card key={group.key} title={t(`recording.groups.${group.key}`)}>
          <div className={classes["rows"]}>
            {group.fields.map((field) => (
              <Row key={field.name} field={field} form={form} settings={settings} inherited={inherited} scope={scope} readOnly={readOnly} />
            ))}
          </div>
        </Card>
      ))}
      {!readOnly && <SaveBar form={form} blocked={isIncomplete(form.values ?? {})} />}
    </>
  );
}

interface RowProps extends SettingsFormProps {
  readonly field: Field;
  readonly form: Versioned<Overrides & Record<string, unknown>>;
  readonly readOnly: boolean;
}

function Row({ field, form, settings, inherited, scope, readOnly }: RowProps) {
  const t = useTexts();
  const { name } = field;
  const overrides = form.values ?? {};
  const setHere = overrides[name] !== undefined;
  const wasSet = settings.overrides[name] !== undefined;
  // What holds is the server's word; only where an override was just taken away is it looked up one level above.
  const value = setHere || wasSet ? holds(name, overrides, inherited) : settings.values[name];
  const above = settings.origins[name] ?? "environment";
  const origin = wasSet ? parentOf(scope) : above;
  return (
    <div className={classes["row"]} data-changed={name in form.changes}>
      <div className={classes["about"]}>
        <span id={`about-${name}`} className={classes["name"]}>{t(`recording.fields.${name}.label`)}</span>
        <p id={`text-${name}`}>{t(`recording.fields.${name}.text`)}</p>
      </div>
      <div className={classes["control"]}>
        <Control
          field={field}
          value={value}
          readOnly={readOnly}
          onChange={(next) => {
            form.change({ [name]: next });
          }}
        />
        <div className={classes["origin"]}>
          <span>{setHere ? t("recording.setHere") : t(`recording.from.${origin}`)}</span>
          {setHere && !readOnly && (
            <Button
              variant="subtle"
              size="compact-xs"
              aria-label={t("recording.inheritOf", { name: t(`recording.fields.${name}.label`) })}
              onClick={() => {
                form.change({ [name]: undefined });
              }}
            >
              {t("recording.inherit")}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

/** Where a value may come from once nothing is set here. */
function parentOf(scope: string): "environment" | "account" | "above" {
  if (scope === "account") return "environment";
  return scope.startsWith("tea_") ? "account" : "above";
}

interface ControlProps {
  readonly field: Field;
  readonly value: unknown;
  readonly readOnly: boolean;
  readonly onChange: (value: unknown) => void;
}

function Control({ field, value, readOnly, onChange }: ControlProps) {
  const t = useTexts();
  const named = { "aria-labelledby": `about-${field.name}`, "aria-describedby": `text-${field.name}`, disabled: readOnly };
  switch (field.kind) {
    case "switch":
      return <Switch {...named} checked={value === true} onChange={(event) => { onChange(event.currentTarget.checked); }} />;
    case "number":
      return (
        <NumberInput
          {...named}
          min={field.min}
          max={field.max}
          clampBehavior="strict"
          decimalScale={field.decimals ?? 0}
          thousandSeparator={false}
          suffix={` ${t(`recording.units.${field.unit}`)}`}
          placeholder={field.optional === true && value !== undefined ? t("recording.noLimit") : ""}
          value={typeof value === "number" ? value : ""}
          error={value === EMPTY ? t("recording.numberFault", { min: field.min, max: field.max }) : null}
          onChange={(next) => { onChange(typeof next === "number" ? next : field.optional === true ? null : EMPTY); }}
        />
      );
    case "choice":
      return (
        <Select
          {...named}
          allowDeselect={false}
          data={field.choices.map((one) => ({ value: one, label: choiceLabel(t, field.name, one) }))}
          value={typeof value === "string" ? value : null}
          onChange={(next) => { if (next !== null) onChange(next); }}
        />
      );
    case "canvas": {
      const own = typeof value === "string" && !CANVASES.some((one) => one === value) ? [value] : [];
      return (
        <Select
          {...named}
          allowDeselect={false}
          data={[...CANVASES, ...own].map((one) => ({ value: one, label: one.replace("x", " × ") }))}
          value={typeof value === "string" ? value : null}
          onChange={(next) => { if (next !== null) onChange(next); }}
        />
      );
    }
  }
}

function choiceLabel(t: ReturnType<typeof useTexts>, name: SettingName, value: string): string {
  const texts = {
    on_unknown_pause: { pause: t("recording.unknown.pause"), record: t("recording.unknown.record") },
    monitors: { active: t("recording.monitors.active"), all: t("recording.monitors.all"), primary: t("recording.monitors.primary") },
    notice: {
      none: t("notice.none.label"),
      icon: t("notice.icon.label"),
      banner: t("notice.banner.label"),
      acknowledgement: t("notice.acknowledgement.label"),
    },
  } as Partial<Record<SettingName, Record<string, string>>>;
  return texts[name]?.[value] ?? value;
}
