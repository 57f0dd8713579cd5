// The light build (no subtitles, DRM or alternate audio) has the API of the full one and ships no types of its own.
declare module "hls.js/light" {
  export { default } from "hls.js";
}
