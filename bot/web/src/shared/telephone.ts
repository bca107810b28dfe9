/** Telephone and SMS links made from numbers that the desk names. */

const DIALLABLE = /^\+?[0-9*#][0-9*#()\s.-]{1,24}$/;

/** `tel:` address of a number, or null if it is not one. */
export function telephone(number: string): string | null {
  const trimmed = number.trim();
  return DIALLABLE.test(trimmed) ? `tel:${trimmed.replace(/[()\s.-]/g, "")}` : null;
}

/** `sms:` address with the text filled in, or null. `?&body=` is what both iOS and Android read. */
export function textMessage(number: string, body: string): string | null {
  const address = telephone(number);
  return address === null ? null : `sms:${address.slice(4)}?&body=${encodeURIComponent(body)}`;
}

/** True if a link of the desk's may be made tappable: a call, a text message, or a secure page. */
export function tappable(href: string): boolean {
  if (href.startsWith("tel:")) return telephone(href.slice(4)) !== null;
  if (href.startsWith("sms:")) return telephone(href.slice(4).split(/[?&;]/)[0] ?? "") !== null;
  return href.startsWith("https://");
}
