/** Nothing is written that no page shows: no class in a CSS module, no text. */

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = import.meta.dirname;
const files = new Map(
  readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|css)$/.test(name) && !/\.(test|d)\.ts$/.test(name))
    .map((name) => [join(ROOT, name), readFileSync(join(ROOT, name), "utf8")]),
);
const sources = [...files].filter(([name]) => /\.tsx?$/.test(name) && !/\/i18n\/(en|de)\//.test(name));

/** Within the arguments of a call: a short key may be any word elsewhere. */
function isAsked(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) || (ts.isConditionalExpression(node.parent) && isAsked(node.parent));
}

/** The keys that a source may ask for: what stands in quotes, and templates with their places as "any". */
function literalsOf(source: string): readonly RegExp[] {
  const found: RegExp[] = [];
  const add = (...pieces: string[]) => found.push(new RegExp(`^${pieces.map((piece) => piece.replace(/[.*+?^$()|[\]{}\\]/g, "\\$&")).join(".+")}$`));
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && (node.text.includes(".") || isAsked(node))) add(node.text);
    if (ts.isTemplateExpression(node) && node.head.text !== "") add(node.head.text, ...node.templateSpans.map(({ literal }) => literal.text));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.tsx", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found;
}

function classesOf(css: string): readonly string[] {
  const selectors = css.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/([^{};]+)\{/g);
  return [...selectors].flatMap(([, selector = ""]) =>
    [...selector.replace(/:global\([^)]*\)/g, "").matchAll(/\.([a-z][\w-]*)/gi)].map(([, name = ""]) => name),
  );
}

test("every class of a CSS module is used, and every class that is used is there", () => {
  const used = new Set<string>();
  for (const [file, source] of files) {
    const at = (path: string, name: string | undefined) => used.add(`${resolve(dirname(file), path)} .${name ?? ""}`);
    for (const [, name, path = ""] of source.matchAll(/composes: (\w+) from "([^"]+)"/g)) at(path, name);
    for (const [, styles = "", path = ""] of source.matchAll(/import (\w+) from "([^"]+\.module\.css)"/g)) {
      for (const [, name] of source.matchAll(new RegExp(`\\b${styles}\\["([\\w-]+)"\\]`, "g"))) at(path, name);
    }
  }
  const written = [...files].filter(([name]) => name.endsWith(".module.css"));
  const there = new Set(written.flatMap(([file, css]) => classesOf(css).map((name) => `${file} .${name}`)));
  expect(written.length).toBeGreaterThan(20);
  expect([...there].filter((name) => !used.has(name))).toEqual([]);
  expect([...used].filter((name) => !there.has(name))).toEqual([]);
});

/** "a.b" of every text; what is counted has one key for all its forms. */
function keysOf(texts: object, above = ""): readonly string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [above + key.replace(/_(one|other)$/, "")] : keysOf(value as object, `${above}${key}.`),
  );
}

/** Whether a source asks for a room's texts without naming the room with each. */
function knows(file: string, source: string, room: string): boolean {
  const paths = [...source.matchAll(/from "([^"]*\/texts)"/g)].map(([, path = ""]) => `${resolve(dirname(file), path)}.ts`);
  const asks = paths.reduce((whole, path) => whole + (files.get(path) ?? ""), source);
  return asks.includes(`Translation("${room}")`) || asks.includes(`(["${room}"`) || asks.includes(`TFunction<"${room}">`) || (room === "common" && /Translation\(\)|i18next\./.test(asks));
}

const rooms = import.meta.glob<Record<string, object>>("./i18n/en/*.ts", { eager: true });

test.each(Object.entries(rooms))("every text of %s is used", (path, module) => {
  const room = /(\w+)\.ts$/.exec(path)?.[1] ?? "";
  const known = sources.filter(([file, source]) => knows(file, source, room)).flatMap(([, source]) => literalsOf(source));
  const named = sources.filter(([, source]) => source.includes(`${room}:`)).flatMap(([, source]) => literalsOf(source));
  const isUsed = (key: string) => known.some((literal) => literal.test(key)) || named.some((literal) => literal.test(`${room}:${key}`));
  const unused = keysOf(module[room] ?? {}).filter((key) => !isUsed(key));
  expect([...new Set(unused)]).toEqual([]);
});
