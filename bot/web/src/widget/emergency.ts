import type { Emergency, EmergencyNumber, Locale, Position, Service } from "../shared/wire";
import { texts } from "./texts";

/**
 * The numbers shown before the desk has ever answered. Once it has, its last answer is kept and used instead.
 * Figures: the project's TAXONOMY ("Words"); 112 is the GSM standard's emergency number (3GPP TS 22.101, 10.1.1).
 */
const PLACES: Record<string, [Service, string][]> = {
  china: [["police", "110"], ["ambulance", "120"], ["fire", "119"], ["traffic", "122"], ["crisis", "12356"]],
  nine: [["police", "999"], ["ambulance", "999"], ["fire", "999"]],
  taiwan: [["police", "110"], ["ambulance", "119"], ["fire", "119"]],
};

const ZONES: Record<string, keyof typeof PLACES> = {
  "Asia/Shanghai": "china",
  "Asia/Urumqi": "china",
  "Asia/Chongqing": "china",
  "Asia/Harbin": "china",
  "Asia/Hong_Kong": "nine",
  "Asia/Macau": "nine",
  "Asia/Macao": "nine",
  "Asia/Taipei": "taiwan",
};

/** Numbers by the device's time zone, else by language; English elsewhere gets 112. */
export function builtIn(locale: Locale, zone: string): Emergency {
  const key = ZONES[zone] ?? (locale === "zh" ? "china" : null);
  const words = texts[locale];
  const numbers: EmergencyNumber[] =
    key === null
      ? [{ service: "police", number: "112", label: words.anyEmergency }]
      : (PLACES[key] ?? []).map(([service, number]) => ({ service, number, label: words.services[service] }));
  return { place: null, numbers, text_number: null, basis: "language" };
}

/** The desk's last word, with when and in which time zone of this device it was heard. */
export interface Kept extends Emergency {
  kept?: { at: number; zone: string };
}

/** How long the desk's word holds without a new one, in milliseconds (data/policy.yml, clocks.position_believed_s). */
const BELIEVED_MS = 60 * 60_000;

export function keeping(told: Emergency, zone = deviceZone(), at = Date.now()): Kept {
  return { ...told, kept: { at, zone } };
}

/** The numbers to show: the desk's word while it is new and the device has not travelled, else what the device's zone tells. */
export function bestKnown(told: Kept | null, locale: Locale, zone = deviceZone(), now = Date.now()): Emergency {
  if (told === null || told.numbers.length === 0 || (told.kept !== undefined && told.kept.zone !== zone)) return builtIn(locale, zone);
  if (told.kept !== undefined && now - told.kept.at < BELIEVED_MS) return told;
  // Of a zone that is not built in, the desk's old word knows more than a language does; but it is to be checked.
  return zone in ZONES ? builtIn(locale, zone) : { ...told, place: null, text_number: null, basis: "language" };
}

/** This device's time zone name, or an empty string. */
export function deviceZone(): string {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return "";
  }
}

/** How old a position may be to travel with a call for help, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * The device's position. A call for help never waits for it: `fresh()` gives what is known this instant, `ask()`
 * brings it later.
 */
export class Whereabouts {
  private last: Position | null = null;

  fresh(now = Date.now()): Position | null {
    return this.last?.at !== undefined && now - Date.parse(this.last.at) < FRESH_MS ? this.last : null;
  }

  /** Looks once if the person has already allowed it; never makes the browser ask. */
  async warm(): Promise<void> {
    try {
      const permission = await navigator.permissions.query({ name: "geolocation" });
      if (permission.state === "granted") await this.ask();
    } catch {
      // Browsers without the permissions API: the position is asked for with the call for help.
    }
  }

  /** The position, or null when it is refused, unknown or not found within 20 s. May make the browser ask. */
  ask(): Promise<Position | null> {
    return new Promise((resolve) => {
      const device = navigator.geolocation as Geolocation | null | undefined;
      if (device == null) {
        resolve(null);
        return;
      }
      device.getCurrentPosition(
        ({ coords, timestamp }) => {
          this.last = {
            lat: coords.latitude,
            lng: coords.longitude,
            accuracy_m: Math.round(coords.accuracy),
            at: new Date(timestamp).toISOString(),
          };
          resolve(this.last);
        },
        () => resolve(null),
        { enableHighAccuracy: true, maximumAge: 30_000, timeout: 20_000 },
      );
    });
  }
}
