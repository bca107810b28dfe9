/** What GET /api/paging/rota sends. */

export interface Person {
  id: string;
  name: string;
}

export interface Team {
  team: string;
  never_closed: boolean;
  on_call: { id: string; name: string; until: string | null }[];
  may_serve: Person[];
}

/** days: 0 is Monday; start, end: HH:MM by the wall clock of `zone`, end up to 24:00. */
export interface Shift {
  team: string;
  staff_id: string;
  days: number[];
  start: string;
  end: string;
  zone: string;
}

export interface Change {
  id: string;
  team: string;
  kind: string;
  starts: string;
  ends: string;
  staff_id: string | null;
  replaces_id: string | null;
  reason: string;
  made_by: string;
}

export interface Rota {
  version: number;
  now: string;
  may_edit: boolean;
  teams: Team[];
  shifts: (Shift & { id: string })[];
  overrides: Change[];
  gaps: { team: string; start: string; end: string }[];
}
