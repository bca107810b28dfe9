/**
 * True if a key press belongs to an input method that is choosing characters. Safari ends the composition before it
 * reports the key, and then only the old code 229 tells.
 */
export function composing(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other sign of it in Safari
  return event.isComposing || event.keyCode === 229;
}

/** True for the Enter that sends: not with Shift, and not an input method's. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !composing(event);
}
