/// <reference types="vitest/config" />
import { defineConfig, type Plugin } from "vite";

/**
 * The policy the built page lives under: only its own files, and a socket to where it came from.
 * Only in the build, because Vite's development server injects inline styles.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // The chain's RPC is another origin, which the relay names at run time and repeats in its own header.
  "connect-src 'self' ws: wss: https: http://127.0.0.1:* http://localhost:*",
  // Compiling WebAssembly, and nothing else beyond our own files.
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
].join("; ");

function contentSecurityPolicy(): Plugin {
  return {
    name: "aurelius:content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_SECURITY_POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** Where the relay listens while the page is served by `npm run dev`. */
const relay = process.env["AURELIUS_RELAY_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Relative: the page may be served under any path, which only the proxy in front knows.
  base: "./",
  plugins: [contentSecurityPolicy()],
  build: {
    target: "es2022",
    // No data: URLs for scripts or styles, and one preload helper less: the policy above stays strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      "/api": relay,
      "/ws": { target: relay, ws: true },
    },
  },
  test: { environment: "node", include: ["test/**/*.test.ts"] },
});
