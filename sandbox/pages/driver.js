"use strict";
// The driver's side of the demo platform: reads /demo/state every two seconds and draws only what changed.

const TEXTS = {
  zh: {
    title: "沙盒平台 · 司机端", intro: "在这里扮演司机和下一位乘客，并查看平台发出的验证码、邮件和消息。", reset: "重新开始",
    fault: "平台出故障（每个回答都是 503）", lost: "失物询问", trips: "进行中的行程", outbox: "平台发出的", drivers: "司机",
    other: "English", none: "现在没有。", found: "找到了", not_found: "没找到", driver: "司机", next: "下一位乘客",
    waiting: "还没回答", says_found: "说找到了", says_not: "说没找到", note: "说明（可不填）", delay: "报告晚点", minutes: "分钟",
    calls: "虚拟号通话", arrive: "到达上车点", begin: "乘客上车", finish: "结束行程", late: "晚点", dispatch_on: "接单中",
    dispatch_off: "已停止派单", holds: "停派依据", restricted: "账号受限", eta: "预计", passenger: "乘客", down: "连不上平台：请检查它是否在运行。",
    nobody: "没有下一位乘客", stops: "其他原因",
    status: { scheduled: "已预约", searching: "正在找车", driver_assigned: "已派车", driver_arriving: "司机在路上", waiting: "已到上车点", in_progress: "行程中", finished: "已结束", cancelled: "已取消" },
    lost_status: { asked: "等待回答", found: "找到了", denied: "都说没有", return_arranged: "已安排归还", returned: "已归还" },
    results: { connected: "接通", no_answer: "无人接听", number_failed: "号码失效" },
    reasons: { traffic: "堵车", road_closed: "道路封闭", previous_trip: "上一单未完", weather: "天气", vehicle_problem: "车辆故障", charging: "充电", police_check: "交警检查", other: "其他" },
    kinds: { code: "验证码", mail: "邮件", push: "推送", call: "通话", call_request: "请司机打电话", contact_read: "查看号码", report: "车况报告" },
  },
  en: {
    title: "Sandbox platform · driver's side", intro: "Play the driver and the next passenger here, and see the codes, mails and messages that the platform sends.", reset: "Start again",
    fault: "Platform out of order (every answer is 503)", lost: "Questions about lost things", trips: "Trips under way", outbox: "Sent by the platform", drivers: "Drivers",
    other: "中文", none: "None now.", found: "Found it", not_found: "Not there", driver: "Driver", next: "Next passenger",
    waiting: "no answer yet", says_found: "says: found", says_not: "says: not there", note: "Note (optional)", delay: "Report a delay", minutes: "minutes",
    calls: "Masked calls", arrive: "At the pickup", begin: "Passenger is in", finish: "End the ride", late: "late", dispatch_on: "gets orders",
    dispatch_off: "off dispatch", holds: "held for", restricted: "account restricted", eta: "ETA", passenger: "Passenger", down: "The platform cannot be reached: check that it runs.",
    nobody: "there was no next passenger", stops: "other reasons",
    status: { scheduled: "scheduled", searching: "looking for a car", driver_assigned: "car assigned", driver_arriving: "driver on the way", waiting: "at the pickup", in_progress: "on the road", finished: "finished", cancelled: "cancelled" },
    lost_status: { asked: "waiting for answers", found: "found", denied: "all say no", return_arranged: "return arranged", returned: "returned" },
    results: { connected: "connects", no_answer: "no answer", number_failed: "number fails" },
    reasons: { traffic: "traffic", road_closed: "road closed", previous_trip: "previous trip", weather: "weather", vehicle_problem: "vehicle problem", charging: "charging", police_check: "police check", other: "other" },
    kinds: { code: "code", mail: "mail", push: "push", call: "call", call_request: "asked to call", contact_read: "phones read", report: "condition report" },
  },
};

let language = navigator.language.startsWith("zh") ? "zh" : "en";
let drawn = "";
const text = () => TEXTS[language];
const byId = (id) => document.getElementById(id);

// Builds an element; children that are strings become text, never markup.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const problem = answer.ok ? "" : (await answer.json()).error.message;
    complain(problem);
  } catch {
    complain(text().down);
  }
  drawn = "";
  await refresh();
}

function complain(words) {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
}

function clock(iso, zone) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(iso));
}

function choices(labels, chosen) {
  return Object.entries(labels).map(([value, label]) => make("option", { value, selected: value === chosen }, label));
}

function answerRow(item, who, answer) {
  const label = text()[who === "driver" ? "driver" : "next"];
  if (answer) {
    const words = `${label} ${answer.found ? text().says_found : text().says_not}${answer.note ? ` — ${answer.note}` : ""}`;
    return make("p", { class: answer.found ? "good" : "bad" }, words);
  }
  const note = make("input", { "aria-label": `${label}: ${text().note}`, placeholder: text().note, maxlength: 300, "data-keep": `${item.id}-${who}` });
  const path = `/demo/lost-items/${item.id}/${who}-answer`;
  const send = (found) => () => post(path, { found, note: note.value || null });
  return make("div", { class: "row" }, make("span", {}, `${label}: ${text().waiting}`), note,
    make("button", { type: "button", onclick: send(true), "data-testid": `${who}-found` }, text().found),
    make("button", { type: "button", onclick: send(false), "data-testid": `${who}-denied` }, text().not_found));
}

function lostCard(item, trips) {
  const trip = trips.find((each) => each.id === item.trip_id);
  return make("article", { class: "card", "data-testid": "lost-item", "data-id": item.id },
    make("h3", {}, item.item),
    make("p", {}, make("span", { class: "tag warm" }, text().lost_status[item.status]), " ", item.description ?? ""),
    make("p", { class: "quiet" }, trip ? `${trip.order_no} · ${trip.driver?.name ?? ""} · ${trip.vehicle?.plate ?? ""}` : item.trip_id),
    item.driver_asked_at || item.driver_answer ? answerRow(item, "driver", item.driver_answer) : null,
    item.next_passenger_asked_at ? answerRow(item, "next-passenger", item.next_passenger_answer)
      : make("p", { class: "quiet" }, text().nobody));
}

function delayRow(trip) {
  const minutes = make("input", { type: "number", min: 1, max: 600, value: 15, "aria-label": text().minutes, "data-keep": `${trip.id}-minutes` });
  const reason = make("select", { "aria-label": text().delay, "data-keep": `${trip.id}-reason` }, ...choices(text().reasons, "traffic"));
  const send = () => post(`/demo/trips/${trip.id}/delay`, { minutes: Number(minutes.value), reason_code: reason.value });
  return make("div", { class: "row" }, minutes, make("span", {}, text().minutes), reason, make("button", { type: "button", onclick: send, "data-testid": "report-delay" }, text().delay));
}

function stepRow(trip) {
  const step = (status, label) => make("button", { type: "button", onclick: () => post(`/demo/trips/${trip.id}/status`, { status }) }, label);
  if (["driver_assigned", "driver_arriving"].includes(trip.status)) return make("div", { class: "row" }, step("waiting", text().arrive));
  if (trip.status === "waiting") return make("div", { class: "row" }, step("in_progress", text().begin));
  return trip.status === "in_progress" ? make("div", { class: "row" }, step("finished", text().finish)) : null;
}

function tripCard(trip) {
  const coming = ["driver_assigned", "driver_arriving"].includes(trip.status);
  const calls = make("select", { "aria-label": text().calls, "data-keep": `${trip.id}-calls` }, ...choices(text().results, trip.calls));
  calls.addEventListener("change", () => post(`/demo/trips/${trip.id}/calls`, { result: calls.value }));
  const late = trip.delay ? make("span", { class: "tag bad" }, `${text().late} ${trip.delay.minutes}′ · ${text().reasons[trip.delay.reason_code]}`) : null;
  return make("article", { class: "card", "data-testid": "trip", "data-id": trip.id },
    make("h3", {}, `${trip.driver?.name ?? "—"} `, make("span", { class: "plate" }, trip.vehicle?.plate ?? "")),
    make("p", {}, make("span", { class: "tag" }, text().status[trip.status]), " ", late),
    make("p", {}, `${trip.pickup.name} → ${trip.destination.name}`),
    make("p", { class: "quiet" }, `${text().passenger}: ${trip.passenger.name} · ${trip.order_no} · ${trip.city_name[language]}`),
    trip.eta ? make("p", { class: "quiet" }, `${text().eta} ${clock(trip.eta.at, trip.timezone)} (${trip.eta.minutes}′)`) : null,
    trip.driver ? make("div", { class: "row" }, make("span", {}, text().calls), calls) : null,
    coming ? delayRow(trip) : null, stepRow(trip));
}

function driverCard(driver) {
  const held = driver.holds.map((hold) => `${hold.reference} (${hold.reason_code})`).join(", ");
  return make("article", { class: "card", "data-testid": "driver", "data-id": driver.id, "data-on-dispatch": String(driver.on_dispatch) },
    make("h3", {}, `${driver.name} `, make("span", { class: "plate" }, driver.vehicle.plate)),
    make("p", {}, make("span", { class: `tag ${driver.on_dispatch ? "good" : "bad"}` }, driver.on_dispatch ? text().dispatch_on : text().dispatch_off)),
    held ? make("p", {}, `${text().holds} ${held}`) : null,
    driver.restricted ? make("p", { class: "bad" }, text().restricted) : null,
    make("p", { class: "quiet" }, driver.note));
}

function sentRow(noted) {
  return make("li", { "data-testid": "sent", "data-kind": noted.kind },
    make("span", { class: "tag" }, text().kinds[noted.kind] ?? noted.kind), ` ${clock(noted.at)} → ${noted.to}\n${noted.text}`);
}

function fill(id, rows) {
  byId(id).replaceChildren(...(rows.length ? rows : [make(id === "outbox" ? "li" : "p", { class: "quiet" }, text().none)]));
}

function draw(state) {
  document.documentElement.lang = language;
  document.title = text().title;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text()[element.dataset.text];
  byId("language").textContent = text().other;
  // What is being typed or chosen outlives a redraw.
  const kept = new Map([...document.querySelectorAll("[data-keep]")].map((each) => [each.dataset.keep, each.value]));
  const focused = document.activeElement?.dataset?.keep;
  fill("lost", state.lost_items.map((item) => lostCard(item, state.trips)));
  fill("trips", state.trips.filter((trip) => !["finished", "cancelled", "scheduled"].includes(trip.status)).map(tripCard));
  fill("drivers", state.drivers.map(driverCard));
  fill("outbox", state.outbox.map(sentRow));
  for (const field of document.querySelectorAll("[data-keep]")) {
    const calls = field.dataset.keep.endsWith("-calls");
    if (kept.has(field.dataset.keep) && !calls) field.value = kept.get(field.dataset.keep);
    if (field.dataset.keep === focused) field.focus();
  }
}

async function refresh() {
  try {
    const state = await (await fetch("/demo/state")).json();
    if (byId("problem").textContent === text().down) complain("");
    // Moving positions are not shown, so they need no redraw.
    const seen = JSON.stringify([language, state.lost_items, state.outbox, state.drivers,
      state.trips.map((trip) => [trip.id, trip.status, trip.delay, trip.calls, trip.eta?.minutes])]);
    if (seen !== drawn && !(document.activeElement?.tagName === "SELECT")) {
      draw(state);
      drawn = seen;
    }
  } catch {
    complain(text().down);
  }
}

byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; refresh(); });
byId("reset").addEventListener("click", () => { byId("fault").checked = false; post("/demo/reset", {}); });
byId("fault").addEventListener("change", (event) => post("/demo/faults", event.target.checked ? { status: 503 } : {}));
refresh();
setInterval(refresh, 2000);
