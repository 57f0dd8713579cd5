import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    extends: [reactHooks.configs.flat.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // The engine decides and never touches React, the page or a player library.
    files: ["src/player/engine/**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: ["react*", "hls.js*", "@mantine/*", "../drivers/*", "../components/*"] }],
      "no-restricted-globals": ["error", "window", "document", "performance", "Date", "setTimeout", "setInterval", "requestAnimationFrame"],
    },
  },
  {
    // The live view's engine knows WebRTC, and neither React nor a player library.
    files: ["src/live/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: ["react*", "hls.js*", "@mantine/*", "*/components/*"] }] },
  },
  { files: ["scripts/**/*.js"], languageOptions: { globals: { URL: "readonly", console: "readonly", process: "readonly" } } },
);
