import { defineConfig, type UserConfig } from "vite";

/**
 * Builds into one dist/: the widget (one classic script), the demo page (served at /), the console (served at
 * /console) and the officers' page (served at /police). Only the first empties the folder.
 */
const widget: UserConfig = {
  publicDir: false,
  // ASCII only: the script must read the same in a page written in GBK, or that names no encoding.
  esbuild: { charset: "ascii" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: "src/widget/index.ts", formats: ["iife"], name: "VigilWidget", fileName: () => "widget.js" },
  },
};

const demo: UserConfig = {
  publicDir: false,
  base: "/",
  build: { outDir: "dist", emptyOutDir: false, target: "es2022", modulePreload: false },
};

const consolePages: UserConfig = {
  publicDir: false,
  root: "console",
  base: "/console/",
  build: { outDir: "../dist/console", emptyOutDir: true, target: "es2022", modulePreload: false },
};

const policePage: UserConfig = {
  publicDir: false,
  root: "police",
  base: "/police/",
  build: { outDir: "../dist/police", emptyOutDir: true, target: "es2022", modulePreload: false },
};

export default defineConfig(({ mode }) => {
  // In library builds Vite leaves process.env.NODE_ENV alone, and browsers have no process.
  const define = { "process.env.NODE_ENV": JSON.stringify("production") };
  if (mode === "widget") return { ...widget, define };
  if (mode === "console") return consolePages;
  if (mode === "police") return policePage;
  return demo;
});
