import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

/** What any page is made of, beside its own folder. */
const COMMON = ["src/shared", "package-lock.json", "vite.config.ts"];

function files(place: string): string[] {
  const at = fileURLToPath(new URL(place, import.meta.url));
  if (/\.\w+$/.test(place)) return [at];
  return readdirSync(at, { recursive: true, withFileTypes: true }).flatMap((one) => (one.isFile() ? [`${one.parentPath}/${one.name}`] : []));
}

/** A digest of what a page is built from: the same sources give the same one on every machine. */
function digest(...places: string[]): string {
  const hash = createHash("sha256");
  for (const file of [...places, ...COMMON].flatMap(files).sort()) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** Tells the page its own build, and the desk (in version.txt) which one it serves; from the two a page left open knows that it is old. */
function build(...places: string[]): Pick<UserConfig, "define" | "plugins"> {
  const version = digest(...places);
  const written: Plugin = {
    name: "version",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "version.txt", source: version });
    },
  };
  return { define: { __BUILD__: JSON.stringify(version) }, plugins: [written] };
}

/**
 * What the widget is written for: phones of 2020 (Chrome 80, iOS 14), which are in use where help is called for. A script
 * in any newer language is not run by them at all. Newer parts of the browser's library: tsconfig.widget.json.
 */
const PHONES = ["es2020", "chrome80", "safari14", "firefox78"];

/** The widget's styles without their comments and indentation, which a phone would fetch and never read. */
const bareStyles: Plugin = {
  name: "bare-styles",
  transform: (code, id) => (id.includes("/widget/styles/") ? code.replace(/\/\*[^]*?\*\//g, "").replace(/\n\s+/g, "\n") : null),
};

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
    target: PHONES,
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
  const node = { "process.env.NODE_ENV": JSON.stringify("production") };
  if (mode === "widget") {
    const told = build("src/widget");
    return { ...widget, plugins: [...(told.plugins ?? []), bareStyles], define: { ...told.define, ...node } };
  }
  if (mode === "console") return { ...consolePages, ...build("src/console", "console") };
  if (mode === "police") return policePage;
  return demo;
});
