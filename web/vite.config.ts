import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env["DESKREEL_API"] ?? "http://127.0.0.1:8321";

export default defineConfig({
  plugins: [react()],
  base: "/",
  build: {
    outDir: "dist",
    target: "es2022",
    sourcemap: false,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 800, // kB before gzip; what counts is gzipped and has its own check: npm run sizes
    // All that every page needs comes as one file: it packs better than fifty, and costs one answer.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", tags: ["$initial"] }] } } },
  },
  server: { proxy: { "/api": api } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
