import type { Api } from "./api";
import type { Detail } from "./wire";

/** A macro as it would go out to the reporter of the open conversation. */
export interface OfferedMacro {
  id: string;
  name: string;
  /** its name in the other language, so that both find it */
  also: string;
  topic: string;
  text: string;
  missing: string[];
  why_not: string | null;
  used: number;
  promise_minutes: number | null;
  promise_at: string | null;
}

export interface Suggestion {
  id: string;
  text: string;
  missing: string[];
}

export interface Colleague {
  id: string;
  name: string;
  roles: string[];
  online: boolean;
  may_see: boolean;
  may_hold: boolean;
}

interface Found {
  macros?: OfferedMacro[];
  suggestions?: Suggestion[];
  colleagues?: Colleague[];
}

/** The macros that fit what was typed: every word must be found; those of the matter at hand come first. */
export function fitting(macros: OfferedMacro[], query: string, topics: string[]): OfferedMacro[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (m: OfferedMacro): boolean => {
    const all = `${m.name} ${m.also} ${m.topic.replaceAll("_", " ")} ${m.text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const rank = (m: OfferedMacro): number =>
    (topics.includes(m.topic) ? 0 : 4) + (words.some((w) => `${m.name} ${m.also}`.toLowerCase().includes(w)) ? 0 : 2) + (m.why_not === null ? 0 : 1);
  return macros.filter(fits).sort((a, b) => rank(a) - rank(b));
}

/** What the conversation is about: its cases, and what the model heard. */
export function topicsOf(detail: Detail): string[] {
  const heard = detail.messages.map((m) => m.listening?.nlu?.intent).filter((one): one is string => one != null);
  return [...detail.cases.map((c) => c.kind), ...heard.slice(-3)];
}

/** What stands ready to be said in the open conversation: macros, suggestions; and the colleagues who can be brought in. */
export class Saying {
  macros: OfferedMacro[] = [];
  suggestions: Suggestion[] = [];
  colleagues: Colleague[] = [];
  open = false;
  query = "";
  cursor = 0;
  private id: string | null = null;
  private answered = "";

  constructor(
    private readonly api: Api,
    private readonly changed: () => void,
  ) {}

  turnTo(id: string): void {
    this.id = id;
    [this.macros, this.suggestions, this.colleagues, this.answered] = [[], [], [], ""];
    this.close();
    void this.load("colleagues", (found) => (this.colleagues = found.colleagues ?? []));
  }

  /** Looks for suggestions when the reporter has said something new in a routine conversation that this person holds. */
  follow(detail: Detail, holds: boolean): void {
    const routine = (detail.state.grade ?? "S3") === "S3" && !detail.state.watched;
    const last = detail.messages.filter((m) => m.author === "reporter").at(-1)?.id ?? "";
    if (!routine || !holds) [this.suggestions, this.answered] = [[], ""];
    else if (last !== "" && last !== this.answered) {
      this.answered = last;
      void this.load("suggestions", (found) => (this.suggestions = found.suggestions ?? []));
    }
  }

  show(): void {
    [this.open, this.query, this.cursor] = [true, "", 0];
    void this.load("macros", (found) => (this.macros = found.macros ?? []));
    this.changed();
  }

  close(): void {
    [this.open, this.query, this.cursor] = [false, "", 0];
    this.changed();
  }

  search(query: string): void {
    [this.query, this.cursor] = [query, 0];
    this.changed();
  }

  move(to: number): void {
    this.cursor = to;
    this.changed();
  }

  /** These are helps: without them the answer is written by hand, so a failure needs no words. */
  private async load(what: keyof Found, take: (found: Found) => void): Promise<void> {
    const id = this.id;
    if (id === null) return;
    try {
      const found = await this.api.get<Found>(`/api/console/conversations/${encodeURIComponent(id)}/${what}`);
      if (id === this.id) take(found);
      this.changed();
    } catch {
      // Shown as nothing.
    }
  }
}
