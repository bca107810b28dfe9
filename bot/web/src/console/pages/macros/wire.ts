import type { Grade } from "../../../shared/wire";
import type { Option } from "../../acts";

export interface Both {
  zh: string;
  en: string;
}

/** What a macro says and what it rests on. */
export interface Content {
  name: Both;
  text: Both;
  topic: string;
  grades: Grade[];
  act: string | null;
  promise_minutes: number | null;
}

export interface Macro extends Content {
  id: string;
  version: number;
  state: "active" | "retired";
  changed_by: string | null;
  changed_at: string | null;
}

export interface Version extends Content {
  version: number;
  state: string;
  by: string | null;
  at: string | null;
  why: string;
}

/** Every macro, and what one may be made of. */
export interface Stock {
  macros: Macro[];
  may_edit: boolean;
  variables: { name: string; label: string; by_hand: boolean }[];
  acts: Option[];
  topics: Option[];
  grades: Grade[];
}

/** A macro being written. `why` goes into the history. */
export interface Draft extends Content {
  id: string | null;
  version: number;
  state: "active" | "retired";
  why: string;
}

export function draftOf(macro: Macro | null): Draft {
  if (macro === null) {
    const both = { zh: "", en: "" };
    return { id: null, version: 0, state: "active", why: "", name: both, text: both, topic: "talk", grades: ["S3"], act: null, promise_minutes: null };
  }
  const { id, version, state, name, text, topic, grades, act, promise_minutes } = macro;
  return { id, version, state, why: "", name, text, topic, grades: [...grades], act, promise_minutes };
}

/** The macros whose names, texts or matter hold every word of what was typed. */
export function matching(macros: Macro[], query: string, retired: boolean): Macro[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const all = (m: Macro): string => [m.name.zh, m.name.en, m.text.zh, m.text.en, m.topic.replaceAll("_", " ")].join(" ").toLowerCase();
  return macros.filter((m) => (retired || m.state === "active") && words.every((word) => all(m).includes(word)));
}
