/** The digest of the sources that this page was built from (vite.config.ts); empty where nothing was built, as in tests. */
declare const __BUILD__: string;
export const BUILD = typeof __BUILD__ === "string" ? __BUILD__ : "";

/** True if the desk serves another build of this page than the one that runs here. `told`: what the desk says it serves. */
export function outdated(told: string | undefined, own = BUILD): boolean {
  return told !== undefined && told !== "" && own !== "" && told !== own;
}
