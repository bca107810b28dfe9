import type { Locale } from "../shared/wire";

/** Any value of the platform's or the timeline's as words: money, places and named things first, else its parts. */
export function plain(value: unknown, locale: Locale): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map((part) => plain(part, locale)).filter(Boolean).join(", ");
  if (typeof value !== "object") return "";
  const held = value as Record<string, unknown>;
  const spoken = held[locale] ?? held.label ?? held.text ?? held.name ?? held.address;
  if (spoken !== undefined && spoken !== null && spoken !== "") return plain(spoken, locale);
  if (held.amount !== undefined) return [plain(held.amount, locale), plain(held.currency, locale)].join(" ").trim();
  return Object.entries(held)
    .map(([key, part]) => [key.replaceAll("_", " "), plain(part, locale)] as const)
    .filter(([, text]) => text !== "")
    .map(([key, text]) => `${key}: ${text}`)
    .join(" · ");
}
