/** A random id of 128 bits. randomUUID exists on secure pages only, and a company's test page may not be one. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
