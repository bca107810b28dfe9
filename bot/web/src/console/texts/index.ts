import type { Locale } from "../../shared/wire";
import { en, type Texts } from "./en";
import { zh } from "./zh";

export type { Texts };
export const texts: Record<Locale, Texts> = { en, zh };
