import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import type { SettingValues } from "../queries";
import { EMPTY, GROUPS, holds, isIncomplete } from "./fields";

interface Property {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Property[];
}

const document = JSON.parse(readFileSync(new URL("../../../../openapi.json", import.meta.url), "utf8")) as {
  components: { schemas: { SettingValues: { properties: Record<string, Property> } } };
};
const properties = document.components.schemas.SettingValues.properties;

test("every setting of the API has its field", () => {
  const names = GROUPS.flatMap((group) => group.fields.map((field) => field.name));
  expect([...names].sort()).toEqual(Object.keys(properties).sort());
});

test("numbers have the API's bounds", () => {
  for (const field of GROUPS.flatMap((group) => group.fields)) {
    if (field.kind !== "number") continue;
    const property = properties[field.name];
    const bounds = property?.anyOf?.find((one) => one.minimum !== undefined) ?? property;
    expect([field.name, field.min, field.max]).toEqual([field.name, bounds?.minimum, bounds?.maximum]);
  }
});

test("an override holds, also one that is null; without one what is inherited does", () => {
  const inherited = { max_fps: 5, max_kbps: 800 } as SettingValues;
  expect(holds("max_fps", { max_fps: 2 }, inherited)).toBe(2);
  expect(holds("max_kbps", { max_kbps: null }, inherited)).toBeNull();
  expect(holds("max_kbps", {}, inherited)).toBe(800);
  expect(holds("max_fps", {}, null)).toBeUndefined();
});

test("an emptied number cannot be saved", () => {
  expect(isIncomplete({ max_fps: EMPTY })).toBe(true);
  expect(isIncomplete({ max_kbps: null, acw: false })).toBe(false);
});
