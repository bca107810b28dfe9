import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../../shared/times";
import type { Locale } from "../../shared/wire";
import type { Desk } from "../desk";
import type { Detail, ProtocolStep, Script } from "../wire";

const en = {
  say: "Say",
  never: "Never",
  tick: "Done",
  itself: "done",
  by: (who: string, time: string): string => (who === "" ? time : `${who}, ${time}`),
  take: "Put into the reply",
  due: (span: string): string => `in ${span}`,
  late: (span: string): string => `${span} late`,
  progress: (done: number, of: number): string => `${done} of ${of}`,
  script: "Read this to the emergency services",
  there: "In the language of the place",
  elsewhere: (number: string): string => `from another city: ${number}`,
  sms: (number: string): string => `by SMS: ${number}`,
};

export type ProtocolTexts = typeof en;

const zh: ProtocolTexts = {
  say: "可以说",
  never: "不要说",
  tick: "已做",
  itself: "已完成",
  by: (who, time) => (who === "" ? time : `${who}，${time}`),
  take: "放入回复框",
  due: (span) => `剩 ${span}`,
  late: (span) => `已超时 ${span}`,
  progress: (done, of) => `${done}/${of}`,
  script: "读给接警员听",
  there: "用当地语言",
  elsewhere: (number) => `异地拨打：${number}`,
  sms: (number) => `短信：${number}`,
};

const TEXTS: Record<Locale, ProtocolTexts> = { en, zh };

function state(step: ProtocolStep, t: ProtocolTexts, locale: Locale): TemplateResult | typeof nothing {
  if (step.done !== null) return html`<span class="step-done">✓ ${t.by(step.done.who ?? (step.done.itself ? t.itself : ""), clockTime(step.done.at, locale))}</span>`;
  if (step.due_at === null) return nothing;
  return html`<vg-clock due=${step.due_at} words=${t.due("%")} late=${t.late("%")}></vg-clock>`;
}

function stepItem(step: ProtocolStep, desk: Desk): TemplateResult {
  const t = TEXTS[desk.locale];
  const say = step.say;
  return html`<li class=${step.done === null ? "" : "ticked"} data-testid="protocol-step" data-step=${step.id}>
    <p>${step.do} ${state(step, t, desk.locale)}</p>
    ${say === null
      ? nothing
      : html`<p class="say"><b>${t.say}</b> ${say}
          ${desk.may("reply") ? html`<button type="button" class="small" data-testid="protocol-say" @click=${() => desk.answer.insert(say, null)}>${t.take}</button>` : nothing}
        </p>`}
    ${step.never === null ? nothing : html`<p class="never"><b>${t.never}</b> <s>${step.never}</s></p>`}
    ${step.done !== null
      ? nothing
      : html`<button type="button" class="small" data-testid="protocol-tick" aria-label=${`${t.tick}: ${step.do}`} @click=${() => void desk.act(`protocol/${step.id}`, {})}>${t.tick}</button>`}
  </li>`;
}

/** What to do, say and never say in this case, each step with its clock until it is done. */
export function protocolCard(desk: Desk): TemplateResult | typeof nothing {
  const card = desk.detail?.protocol;
  if (card == null) return nothing;
  const t = TEXTS[desk.locale];
  const done = card.steps.filter((step) => step.done !== null).length;
  return html`<details class="card protocol" open data-testid="protocol">
    <summary>${card.title} <span class="soft">${t.progress(done, card.steps.length)}</span></summary>
    <ol class="steps">${card.steps.map((step) => stepItem(step, desk))}</ol>
  </details>`;
}

function lines(list: readonly string[]): TemplateResult {
  return html`<ul>${list.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** The script beside the question about the emergency call; nothing where the agent may not call. */
export function scriptFor(detail: Detail | null, locale: Locale): TemplateResult | typeof nothing {
  const script: Script | null | undefined = detail?.script;
  if (script == null) return nothing;
  const t = TEXTS[locale];
  return html`<section class="script" data-testid="script">
    <p class="numbers">
      ${script.numbers.map(
        (one) => html`<span><a href="tel:${one.from_elsewhere ?? one.number}">${one.label} <b>${one.number}</b></a>${one.from_elsewhere === null ? nothing : html` <small>${t.elsewhere(one.from_elsewhere)}</small>`}</span>`,
      )}
      ${script.text_number == null ? nothing : html`<span>${t.sms(script.text_number.number)}</span>`}
    </p>
    <h3>${t.script}</h3>
    ${lines(script.lines)}
    ${script.lines_there.length === 0 ? nothing : html`<details><summary>${t.there}</summary>${lines(script.lines_there)}</details>`}
  </section>`;
}
