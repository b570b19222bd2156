import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the gateway answers while `vite` serves the portal. */
const gateway = process.env["SLUICE_DEV_ORIGIN"] ?? "http://localhost:8081";

export default defineConfig({
  root: "web",
  cacheDir: "../.cache/vite",
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    // The content security policy allows no `data:` fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    // Monaco is one lazy chunk of its own.
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: "es" },
  server: {
    port: 5173,
    proxy: {
      // The portal's own modules under web/api are served by Vite.
      "^/api/(?!.*\\.tsx?(\\?|$))": { target: gateway, ws: true },
      "/oidc": { target: gateway },
    },
  },
});
