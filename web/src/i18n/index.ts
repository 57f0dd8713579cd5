/**
 * Texts in the reader's language. One file per room and language: `en/<room>.ts` is the source, `de/<room>.ts` has the
 * same shape or does not compile. A room's texts are loaded with its first page; `common` is in the first bundle.
 */

import type { CustomTypeOptions } from "i18next";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { common } from "./en/common";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
export type Room = keyof CustomTypeOptions["resources"];

const STORED = "deskreel.language";
const files = import.meta.glob<Record<string, unknown>>(["./{en,de}/*.ts", "!./en/common.ts"]);

/** What the reader chose, else the browser's first language that is spoken here, else English. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  for (const tag of stored === null ? browser : [stored, ...browser]) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language in LANGUAGES) return language as Language;
  }
  return "en";
}

async function read(language: string, room: string): Promise<unknown> {
  const load = files[`./${language}/${room}.ts`];
  if (!load) throw new Error(`There are no texts "${room}" in "${language}".`);
  return (await load())[room];
}

export async function startTexts(): Promise<void> {
  const language = preferredLanguage(localStorage.getItem(STORED), navigator.languages);
  i18next.use(initReactI18next).use({ type: "backend" as const, init: () => undefined, read });
  i18next.on("languageChanged", (tag) => {
    document.documentElement.lang = tag;
  });
  await i18next.init({
    lng: language,
    fallbackLng: "en",
    ns: ["common", "server"],
    defaultNS: "common",
    resources: { en: { common, server: {} } }, // the server speaks English
    partialBundledLanguages: true,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}

/** Load the texts of rooms that a page shows parts of, before it shows: else each would blank it once. */
export async function loadTexts(...rooms: Room[]): Promise<void> {
  await i18next.loadNamespaces(rooms);
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  await i18next.changeLanguage(language);
}
