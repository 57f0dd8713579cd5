/** The standalone playback page. */

export const play = {
  page: "Playback: {{names}} · Deskreel",
  details: "All details",
  transcript: "Transcript",
} as const;
