/** What /api/staff/accounts and /api/paging/channels send. */

export interface Account {
  id: string;
  email: string;
  name: string;
  roles: string[];
  in_house: boolean;
  locale: string;
  languages: string[];
  presence: string;
  last_seen_at: string | null;
  disabled_at: string | null;
  demo: boolean;
}

export interface Made {
  account: Account;
  /** the one-time password, shown this once */
  password: string | null;
}

export interface Channels {
  kinds: string[];
  /** only to their owner */
  addresses: string[] | null;
}

export interface Tried {
  results: { kind: string; failure: string | null }[];
}

/** What one person is offered. load: what they hold or are offered now; own: a supervisor has set it. */
export interface Seat {
  staff_id: string;
  skills: string[];
  capacity: number;
  tier: string;
  own: boolean;
  load: number;
}

export interface Seats {
  seats: Seat[];
  skills: { value: string; label: string }[];
  tiers: { value: string; label: string }[];
  most: number;
}

export const ROLES = ["agent", "safety", "supervisor", "trainer", "police_liaison"];
