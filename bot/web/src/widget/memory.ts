/** Small choices kept in the browser. Where it forbids that, they hold for the page alone. */
type Where = "local" | "session";

function place(where: Where): Storage {
  return where === "local" ? window.localStorage : window.sessionStorage;
}

export function remembered(where: Where, key: string): string | null {
  try {
    return place(where).getItem(key);
  } catch {
    return null;
  }
}

export function remember(where: Where, key: string, value: string): void {
  try {
    place(where).setItem(key, value);
  } catch {
    // The choice holds for this page.
  }
}
