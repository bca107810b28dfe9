/** The claims of an app token (a JWT) that say who it is for; null for a token of another kind. Nothing is verified here. */
function claims(token: string): { sub: string; kind: string } | null {
  try {
    const part = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const { sub, kind } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; kind?: unknown };
    return typeof sub === "string" && sub !== "" ? { sub, kind: typeof kind === "string" ? kind : "" } : null;
  } catch {
    return null;
  }
}

/** What stands for a person that the app has not named. */
export const ANONYMOUS = "anonymous";

/**
 * The token of whoever `current` is now, for as long as this is used: an app that turns to somebody else must not have
 * the words of the first go out in the name of the second.
 */
export function ownToken(current: () => string | null): () => string | null {
  let own = current();
  const name = identityName(own);
  return () => {
    const now = current();
    if (identityName(now) === name) own = now;
    return own;
  };
}

/**
 * The name under which the browser keeps a person's chat, so that two people on one device never see each other's. It
 * stays the same when the app renews its token; the desk alone decides what a token is good for.
 */
export function identityName(token: string | null): string {
  if (token === null || token === "") return ANONYMOUS;
  const person = claims(token);
  if (person !== null) return `${person.kind}.${encodeURIComponent(person.sub)}`;
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const char of token) {
    a = Math.imul(a ^ char.charCodeAt(0), 0x01000193) >>> 0;
    b = Math.imul(b + char.charCodeAt(0), 0x85ebca6b) >>> 0;
  }
  return `token.${a.toString(36)}${b.toString(36)}`;
}
