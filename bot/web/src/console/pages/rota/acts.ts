import type { Act, Field } from "../../acts";
import { asInstant } from "./when";
import type { Change, Team } from "./wire";
import type { Words } from "./texts";

function reason(t: Words): Field {
  return { name: "reason", label: t.reason, kind: "area", required: true, testid: "rota-reason" };
}

function choice(name: string, label: string, people: { id: string; name: string }[], none: string | null): Field {
  const options = [...(none === null ? [] : [{ value: "-", label: none }]), ...people.map((one) => ({ value: one.id, label: one.name }))];
  return { name, label, kind: "choice", required: none === null, options, value: none === null ? "" : "-", testid: `rota-${name}` };
}

const chosen = (value: string | undefined): string | null => (value === undefined || value === "" || value === "-" ? null : value);

/** A dated change of a team. The times are typed on this device's clock. */
export function changeOf(team: Team, t: Words, from: string, to: string): Act {
  const when = (name: string, label: string, value: string): Field => ({ name, label, kind: "line", required: true, value, testid: `rota-${name}` });
  return {
    name: "change",
    path: "/api/paging/overrides",
    title: `${t.addChange}: ${t.teams[team.team] ?? team.team}`,
    ask: t.addChangeAsk,
    weighty: false,
    fields: [
      when("starts", `${t.starts} (YYYY-MM-DD HH:MM)`, from),
      when("ends", `${t.ends} (YYYY-MM-DD HH:MM)`, to),
      choice("on", t.on, team.may_serve, t.nobodyOn),
      choice("off", t.off, team.may_serve, t.nobodyOff),
      reason(t),
    ],
    body: (v) => ({ team: team.team, starts: asInstant(v.starts), ends: asInstant(v.ends), staff_id: chosen(v.on), replaces_id: chosen(v.off), reason: v.reason }),
  };
}

/** The rest of one's own turn to somebody else. */
export function handOverOf(team: Team, me: string, t: Words): Act {
  const others = team.may_serve.filter((one) => one.id !== me);
  return {
    name: "handover",
    path: "/api/paging/handover",
    title: `${t.handOver}: ${t.teams[team.team] ?? team.team}`,
    ask: t.handOverAsk,
    weighty: true,
    fields: [choice("to", t.handOverTo, others, null), reason(t)],
    body: (v) => ({ team: team.team, staff_id: v.to, reason: v.reason }),
  };
}

/** A dated change is taken back. */
export function takeBackOf(change: Change, t: Words): Act {
  return {
    name: "take_back",
    path: `/api/paging/overrides/${encodeURIComponent(change.id)}`,
    title: t.takeBack,
    ask: t.takeBackAsk,
    weighty: true,
    fields: [reason(t)],
    body: (v) => ({ reason: v.reason }),
  };
}
