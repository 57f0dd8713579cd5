import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env["DESKREEL_API"] ?? "http://127.0.0.1:8321";

export default defineConfig({
  plugins: [react()],
  base: "/",
  build: { outDir: "dist", target: "es2022", sourcemap: false, reportCompressedSize: true },
  server: { proxy: { "/api": api } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
