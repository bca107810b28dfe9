import type { Grade } from "../../../shared/wire";

/** One conversation that was found, as the desk lets this reader see it. Times are ISO 8601 UTC. */
export interface Found {
  conversation_id: string;
  reference: string | null;
  grade: Grade;
  state: string;
  intent_label: string | null;
  plate: string | null;
  phone: string | null;
  person: string | null;
  holder_name: string | null;
  found_in: string[];
  excerpt: string;
  last_at: string | null;
}

/** phones: whether phones were searched for this reader; partial: only the newest were compared; most: rows of a table. */
export interface Results {
  q: string;
  total: number;
  page: number;
  pages: number;
  phones: boolean;
  partial: boolean;
  most: number;
  /** when it was read, by the desk's clock */
  now: string;
  /** how a case may end */
  codes: { code: string; label: string }[];
  rows: Found[];
}

/** What became of one conversation of a bulk act; message: why it was not done, in the reader's language. */
export interface Outcome {
  conversation_id: string;
  done: boolean;
  message: string | null;
}
