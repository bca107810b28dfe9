import type { Grade } from "../../../shared/wire";

/** What GET /api/console/report and /api/console/digests send; each figure is defined in docs/report.md. */

/** One waiting conversation that is asked of one person until a time. */
export interface LiveOffer {
  conversation_id: string;
  reference: string | null;
  grade: Grade;
  label: string | null;
  staff_id: string;
  name: string;
  until: string;
}

/** load: what they hold or are offered now; there: online with a page open. */
export interface LiveSeat {
  staff_id: string;
  name: string;
  skills: string[];
  capacity: number;
  tier: string;
  taking: boolean;
  there: boolean;
  load: number;
}

/** What GET /api/console/routing/live sends. */
export interface Routing {
  now: string;
  offers: LiveOffer[];
  seats: LiveSeat[];
  skills: { value: string; label: string }[];
  tiers: { value: string; label: string }[];
}

export interface Standard {
  percent: number;
  limit_s: number;
  value_s: number | null;
  within: number | null;
  met: boolean | null;
}

export interface Times {
  count: number;
  waiting: number;
  p50_s: number | null;
  p90_s: number | null;
  p95_s: number | null;
  p99_s: number | null;
  max_s: number | null;
  standards: Standard[];
}

export interface Breach {
  kind: string;
  label: string;
  grade: Grade;
  reference: string | null;
  conversation_id: string | null;
  name: string | null;
  paged: string[];
  at: string;
  seconds: number | null;
  limit_s: number | null;
  open: boolean;
}

export interface Topic {
  intent: string;
  label: string;
  conversations: number;
  share: number;
  defect: boolean;
}

export interface Day {
  date: string;
  accept: Partial<Record<Grade, { count: number; p50_s: number | null; p90_s: number | null; p95_s: number | null; p99_s: number | null }>>;
  breaches: number;
  conversations: number;
  topics: Record<string, number>;
}

export interface Report {
  from: string;
  to: string;
  zone: string;
  made_at: string;
  grades: { grade: Grade; accept: Times; decide: Times }[];
  breaches: Breach[];
  hidden_breaches: number;
  repeats: { reference: string; conversation_id: string | null; grade: Grade; label: string; reports: number; state: string; last_at: string }[];
  drivers: {
    driver_id: string;
    driver_name: string | null;
    reference: string;
    conversation_id: string | null;
    label: string;
    since: string;
    state: string;
    overdue: boolean;
  }[];
  promises: { given: number; kept: number; broken: number; open: number };
  gave_up: { conversation_id: string; reference: string | null; grade: Grade; label: string | null; asked_at: string; last_at: string; waited_s: number }[];
  topics: Topic[];
  contacts: {
    began: number;
    ended: number;
    alone: number;
    alone_share: number | null;
    known: number;
    repeated: number;
    first_contact: number | null;
  };
  satisfaction: { answers: number; average: number | null; good: number | null } | null;
  days: Day[];
}

export interface DigestState {
  id: string;
  until: string;
  sent_at: string | null;
  error: string | null;
  name: string;
  s0_breaches: { reference: string | null; label: string; name: string | null }[];
  acknowledged_at: string | null;
  reminders: number;
  overdue: boolean;
}

export interface Digests {
  configured: boolean;
  name: string;
  next_at: string | null;
  last: DigestState | null;
  open: DigestState[];
}
