// Prints what a first visit and the player cost over the wire, from dist. Fails above the budget.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 250;
const assets = new URL("../dist/assets/", import.meta.url);
const html = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8");
let first = 0;
for (const name of readdirSync(assets).sort()) {
  const kilobytes = gzipSync(readFileSync(new URL(name, assets))).length / 1000;
  const initial = html.includes(name);
  if (initial && name.endsWith(".js")) first += kilobytes;
  console.log(`${kilobytes.toFixed(1).padStart(7)} kB gzip  ${initial ? "first load" : "later     "}  ${name}`);
}
console.log(`${first.toFixed(1).padStart(7)} kB gzip  JavaScript of the first load (budget ${BUDGET_KB})`);
if (first > BUDGET_KB) process.exit(1);
