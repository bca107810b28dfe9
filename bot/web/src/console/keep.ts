/** Small things kept in this browser: drafts, language, theme. Where the browser forbids it they last as long as the page. */
const memory = new Map<string, string>();

export function recall(name: string): string {
  try {
    return localStorage.getItem(`vigil:console:${name}`) ?? memory.get(name) ?? "";
  } catch {
    return memory.get(name) ?? "";
  }
}

/** Keeps `value` under `name`; an empty one is forgotten. */
export function keep(name: string, value: string): void {
  memory.set(name, value);
  try {
    if (value === "") localStorage.removeItem(`vigil:console:${name}`);
    else localStorage.setItem(`vigil:console:${name}`, value);
  } catch {
    // The page's memory has it.
  }
}
