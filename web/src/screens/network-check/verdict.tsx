/** A verdict as a state: a dot with its word. */

import type { Level } from "../../components/state";
import { State } from "../../components/state";
import type { Verdict } from "./engine/rows";
import { useTexts } from "./texts";

const LEVELS: Readonly<Record<Verdict, Level>> = { ok: "good", warning: "waiting", failed: "bad", "not checked": "off" };

export function VerdictState({ verdict }: { readonly verdict: Verdict }) {
  const t = useTexts();
  return <State level={LEVELS[verdict]}>{t(`verdicts.${verdict}`)}</State>;
}
