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

export const ROLES = ["agent", "safety", "supervisor", "trainer", "police_liaison"];
