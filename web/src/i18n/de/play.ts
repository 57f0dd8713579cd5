import type { play as source } from "../en/play";
import type { Shape } from "../shape";

export const play: Shape<typeof source> = {
  page: "Wiedergabe: {{names}} · Deskreel",
  details: "Alle Einzelheiten",
  transcript: "Transkript",
};
