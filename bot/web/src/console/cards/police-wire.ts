/** A police request as the desk sends it to staff. Times are ISO 8601 in UTC. */
export interface PoliceRow {
  id: string;
  reference: string;
  conversation_id: string;
  number: number;
  channel: string;
  state: string;
  danger: boolean;
  needs: string[];
  filed_at: string;
  due_at: string | null;
  breached_at: string | null;
  answered_at: string | null;
  case: string;
  city: string;
}

export interface PoliceListed extends PoliceRow {
  unit: string;
  officer: string;
  grade: string;
  accepted_by: string | null;
  answered_by: string | null;
}

export interface PoliceNumber {
  number: string;
  kind: string;
  name: string;
  verified_on: string | null;
}

export interface PoliceCheck {
  at: string;
  name: string;
  number: string;
  listed: boolean;
  outcome: string;
  answered_by: string;
  note: string;
  source: string;
}

export interface PoliceRelease {
  state: string;
  sections: string[];
  proposed_by: string;
  proposed_at: string;
  released_by: string | null;
  released_at: string | null;
  downloads: { format: string; at: string; made_by: string }[];
}

export interface PoliceFull extends PoliceRow {
  city_slug: string;
  regulator: string;
  facts: Record<string, string | null>;
  numbers: PoliceNumber[];
  checks: PoliceCheck[];
  verified_by: string | null;
  trip_found: boolean;
  release: PoliceRelease | null;
  /** one person may release */
  alone: boolean;
  refusal_asked_at: string | null;
  allowed: string[];
  forbidden_because: Record<string, string>;
}
