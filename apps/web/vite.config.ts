import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the server. */
const SERVER = "http://localhost:42001";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": SERVER } },
  build: {
    target: "es2023",
    // Inlined assets would need data: in the content security policy.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
  },
});
