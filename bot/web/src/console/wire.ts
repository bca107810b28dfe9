import type { PoliceFull } from "./cards/police-wire";
import type { Conversation, Grade, Holder, Message } from "../shared/wire";

/** What the desk sends to agents. Times are ISO 8601 in UTC. */

export interface Me {
  id: string;
  name: string;
  email: string;
  roles: string[];
  in_house: boolean;
  locale?: string | null;
  acts: string[];
}

export interface Clock {
  kind: string;
  label: string;
  due_at: string;
  overdue?: boolean;
}

/** What the desk knows of something, in the reader's language; instants in the value are ISO 8601. */
export interface Fact {
  name: string;
  label: string;
  value: string;
}

/** A time that was promised to the reporter; broken: it has passed, and the answer is still owed. */
export interface Promised extends Clock {
  id: string;
  broken: boolean;
  by: string | null;
}

export type Lane = "safety" | "watch" | "mine" | "queue" | "held" | "assistant";

export interface Row {
  conversation_id: string;
  lane: Lane;
  grade: Grade | null;
  reference: string | null;
  intent: string | null;
  intent_label: string | null;
  state: string;
  holder: Holder;
  holder_name: string | null;
  language: string;
  waiting_since: string | null;
  opened_at: string;
  next_clock: Clock | null;
  last_text: string | null;
  last_at: string | null;
  reports: number;
  unread: number;
  live_trip: boolean;
  place: string | null;
  plate?: string | null;
  trip_label?: string | null;
  role?: string | null;
  /** who has accepted the case; a conversation may be held by a person while its case is still unaccepted */
  accepted_by?: string | null;
  /** the colleague to whom it is offered now; anybody may take it all the same */
  offered_to?: string | null;
}

export interface Queue {
  now: string;
  on_call: { id: string; name: string; team: string }[];
  rows: Row[];
  /** the build of the console that the desk serves now */
  version?: string;
  /** whether this person is offered new ones */
  taking?: boolean;
}

/** What one listener made of a message. */
export interface Heard {
  decision?: string | null;
  probability?: number | null;
  intent?: string | null;
  intent_label?: string | null;
  grade?: Grade | null;
  /** why, with the names of the rules */
  because?: string[] | null;
  /** the same in words */
  reasons?: string[] | null;
}

export interface StaffMessage extends Message {
  listening?: { sentinel?: Heard | null; nlu?: Heard | null } | null;
}

export interface EmergencyCall {
  decision?: string;
  service?: string | null;
  station?: string | null;
  officer?: string | null;
  number?: string | null;
  reason?: string | null;
  at?: string | null;
  who?: string | null;
}

export interface Case {
  id: string;
  reference: string;
  kind: string;
  label: string;
  grade: Grade;
  state: string;
  opened_at: string;
  accepted_by: string | null;
  accepted_at: string | null;
  title: string | null;
  /** the evidence */
  facts: Fact[];
  reports: number;
  clocks: Clock[];
  links: { reference: string; relation: string; summary: string }[];
  hold: { state: string; since: string | null; driver_name: string | null } | null;
  emergency_call: EmergencyCall | null;
}

export interface Party {
  id?: string | null;
  name?: string | null;
  phone?: string | null;
}

export interface Driver extends Party {
  plate?: string | null;
  vehicle?: string | null;
  photo?: string | null;
  rating?: number | null;
  on_dispatch?: boolean | null;
}

export type Point = [number, number];

/** When the platform does not answer and nothing was seen before, only `id` and `stale` are there. */
export interface Trip {
  id: string;
  order_number?: string | null;
  status?: string | null;
  /** the same in words */
  status_label?: string | null;
  live?: boolean | null;
  city?: string | null;
  local_time?: string | null;
  pickup?: unknown;
  destination?: unknown;
  driver?: Driver | null;
  rider?: Party | null;
  passenger?: Party | null;
  position?: { lat: number; lng: number; at: string } | null;
  planned?: Point[] | null;
  driven?: Point[] | null;
  quote?: unknown;
  charge?: unknown;
  delay?: unknown;
  eta?: unknown;
  device_last_seen?: string | null;
  emergency_contacts?: { name?: string | null; phone?: string | null; relation?: string | null }[] | null;
  /** true when the platform did not answer and this is what was seen last */
  stale?: boolean | null;
}

export interface TimelineEntry {
  at: string;
  who: string;
  act: string;
  label: string;
  details: Record<string, unknown>;
  /** the details in words */
  facts: Fact[];
  /** the part of the software that did it, in words */
  by: string | null;
}

export interface ProtocolStep {
  id: string;
  do: string;
  /** in the reporter's language */
  say: string | null;
  never: string | null;
  act: string | null;
  due_at: string | null;
  /** itself: the timeline holds the act that the step is about */
  done: { at: string; who: string | null; itself: boolean } | null;
}

export interface Script {
  numbers: { service: string; number: string; label: string; from_elsewhere: string | null }[];
  text_number: { number: string; body: string } | null;
  lines: string[];
  lines_there: string[];
}

export interface Detail {
  now: string;
  state: Conversation & { reporter_seen_seq?: number };
  messages: StaffMessage[];
  cases: Case[];
  timeline: TimelineEntry[];
  reporter: {
    role: string;
    name: string | null;
    phone: string | null;
    identity: string;
    language: string;
    position?: { lat: number; lng: number; accuracy_m?: number | null; at?: string | null } | null;
  };
  /** those that run, and those that were broken and are still owed */
  promises: Promised[];
  /** why the conversation is watched */
  watch?: Fact[] | null;
  trip: Trip | null;
  entities: { entity: string; label: string; value: string }[];
  notes: { at: string; who: string; text: string }[];
  /** the note of whoever handed it on, until it is answered */
  handover?: { by: string; to: string; note: string; at: string; mine: boolean } | null;
  allowed: string[];
  forbidden_because?: Record<string, string> | null;
  /** the card of the gravest open case */
  protocol?: { case_id: string; title: string; steps: ProtocolStep[] } | null;
  /** what to read to the emergency services; null for whoever may not call them */
  script?: Script | null;
  resolution_codes: { code: string; label: string }[];
  hold_reasons?: { code: string; label: string }[];
  /** what is owed to people after the cases here; empty for whoever may not see it */
  care?: Care[];
  departments?: Departments;
  /** whom a supervisor may erase from here: somebody who has asked for it */
  erasable?: { person: string; reference: string; name: string | null } | null;
  /** requests of the police in these cases; nothing for whoever may not take them */
  police?: PoliceFull[] | null;
}

export interface CareTask {
  id: string;
  kind: string;
  day: number;
  label: string;
  state: string;
  state_label: string;
  due_at: string | null;
  overdue: boolean;
  done_at: string | null;
  done_by: string | null;
  note: string | null;
  acts: string[];
}

export interface Care {
  id: string;
  reference: string;
  state: string;
  owner: string;
  mine: boolean;
  evidence_held: boolean;
  may_lift: boolean;
  tasks: CareTask[];
}

export interface DepartmentTask {
  id: string;
  conversation_id: string;
  reference: string;
  label: string;
  what: string | null;
  owner: string;
  made_by: string;
  due_at: string;
  state: string;
  overdue: boolean;
  done_by: string | null;
  note: string | null;
}

export interface Departments {
  tasks: DepartmentTask[];
  departments: { code: string; label: string }[];
  may_ask: boolean;
}

export interface Viewer {
  id: string;
  name: string;
  typing: boolean;
}
