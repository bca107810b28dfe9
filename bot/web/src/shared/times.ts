import type { Locale } from "./wire";

const TAGS: Record<Locale, string> = { zh: "zh-CN", en: "en-GB" };

/** The clock time of an instant on this device; with the date when it is another day than `now`. */
export function clockTime(iso: string, locale: Locale, now = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const time = at.toLocaleTimeString(TAGS[locale], { hour: "2-digit", minute: "2-digit", hour12: false });
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.toLocaleDateString(TAGS[locale], { month: "short", day: "numeric" })} ${time}`;
}

/** Seconds as `m:ss`, `h:mm:ss` or whole days and hours; the sign is dropped. */
export function span(seconds: number, locale: Locale = "en"): string {
  const whole = Math.floor(Math.abs(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  if (h >= 48) return locale === "zh" ? `${Math.floor(h / 24)} 天 ${h % 24} 小时` : `${Math.floor(h / 24)} d ${h % 24} h`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
