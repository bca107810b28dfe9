/** True if what is typed goes into a field. */
export function editable(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

const COMMANDS: Record<string, string> = {
  a: "accept",
  r: "reply",
  n: "note",
  e: "escalate",
  d: "hold",
  x: "emergency_call",
  b: "return",
  z: "resolve",
  m: "macros",
  i: "plan",
  p: "promise",
  c: "call",
  v: "new_car",
  t: "team",
  h: "person",
  f: "refund",
  l: "lower",
  w: "clear",
  o: "reopen",
  q: "close",
  y: "police",
  u: "review",
  1: "suggestion_1",
  2: "suggestion_2",
  3: "suggestion_3",
  j: "next",
  k: "previous",
  "/": "filter",
  "?": "sheet",
};

/** What a key means on the page, or null: in a field, with a modifier, held down, or while an input method composes. */
export function commandOf(event: KeyboardEvent): string | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || editable(event)) return null;
  return COMMANDS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}
