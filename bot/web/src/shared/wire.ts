/** What the desk sends and takes on the passenger's side. Times are ISO 8601 in UTC. */

export type Locale = "zh" | "en";
export type Grade = "S0" | "S1" | "S2" | "S3";
export type Holder = "assistant" | "queue" | "person";
export type Author = "reporter" | "assistant" | "staff" | "system";
export type Service = "police" | "ambulance" | "fire" | "traffic" | "crisis";

export interface Button {
  title: string;
  payload: string;
}

export interface Link {
  title: string;
  href: string;
}

/** A photo or voice note; the bytes come from the desk's door for them. */
export interface Attachment {
  id: string;
  kind: "photo" | "voice";
  media_type: string;
  size: number;
  width?: number;
  height?: number;
  duration_s?: number;
  /** false: the message's text is only a placeholder */
  captioned?: boolean;
}

export interface Message {
  id: string;
  seq: number;
  client_id?: string | null;
  author: Author;
  author_name?: string | null;
  text: string;
  buttons?: Button[] | null;
  links?: Link[] | null;
  attachment?: Attachment | null;
  at: string;
  kind?: "safety" | "check_in" | "status" | null;
}

export interface EmergencyNumber {
  service: Service;
  number: string;
  label: string;
}

export interface Emergency {
  place: string | Partial<Record<Locale, string>> | null;
  numbers: EmergencyNumber[];
  text_number?: { number: string; body: string } | null;
  basis: "position" | "trip" | "language";
}

export type IncidentState = "opened" | "paged" | "accepted" | "acting" | "resolved" | "closed";

export interface Incident {
  reference: string;
  state: IncidentState;
  accepted_by?: string | null;
  opened_at: string;
  grade?: Grade;
}

export interface Conversation {
  holder: Holder;
  holder_name?: string | null;
  grade: Grade | null;
  watched: boolean;
  locale: Locale;
  role: string;
  incident: Incident | null;
  emergency: Emergency;
  /** `position` is left out for those who do not wait in line */
  queue: { position?: number | null; since: string; opens_at?: string | null } | null;
  /** what may be offered after a routine chat */
  afterwards?: { rating: boolean; transcript: boolean };
  quiet: boolean;
  staff_seen_seq: number;
  /** the build of the widget that the desk serves now; only in answers to a widget that asks */
  version?: string;
}

/** A position as the device gives it; accuracy in metres. */
export interface Position {
  lat: number;
  lng: number;
  accuracy_m?: number;
  at?: string;
}

export interface Outgoing {
  client_id: string;
  text: string;
  payload?: string;
  location?: Position;
}

export interface Accepted {
  id: string;
  seq: number;
  conversation: Conversation;
}
