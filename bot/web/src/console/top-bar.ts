import { html, nothing, type TemplateResult } from "lit";
import type { Desk } from "./desk";
import { pageAt, pagesFor } from "./pages/registry";
import { takingButton } from "./taking";

export type Theme = "system" | "light" | "dark";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export interface TopBarActs {
  theme(theme: Theme): void;
  sheet(): void;
}

function notices(desk: Desk): TemplateResult | typeof nothing {
  if (!("Notification" in window) || Notification.permission !== "default") return nothing;
  return html`<button type="button" class="small" @click=${() => void Notification.requestPermission().then(() => desk.say(""))}>${desk.t.notify}</button>`;
}

function pages(desk: Desk): TemplateResult | typeof nothing {
  const offered = pagesFor(desk.me?.roles ?? []);
  if (offered.length === 0) return nothing;
  const here = pageAt(location.hash);
  const link = (name: string, title: string): TemplateResult =>
    html`<a href="#/${name}" aria-current=${here === name ? "page" : nothing} data-testid=${`page-${name || "desk"}`}>${title}</a>`;
  return html`<nav class="pages" aria-label=${desk.t.pages}>
    ${link("", desk.t.queue)} ${offered.map(([name, page]) => link(name, page.title[desk.locale]))}
  </nav>`;
}

/** Who is on call, whether the page hears and sounds, and the agent's own settings. */
export function topBar(desk: Desk, theme: Theme, acts: TopBarActs): TemplateResult {
  const { t, me } = desk;
  const onCall = (desk.queue?.on_call ?? []).map((p) => p.name).join(desk.locale === "zh" ? "、" : ", ");
  const other = desk.locale === "zh" ? "en" : "zh";
  return html`<header class="top-bar">
    <h1>${t.title}</h1>
    ${pages(desk)}
    <p class="on-call ${desk.queue !== null && onCall === "" ? "warn" : ""}" title=${onCall}>
      ${desk.queue === null ? nothing : onCall === "" ? t.nobodyOnCall : t.onCall(onCall)}
    </p>
    <p role="status" class="link ${desk.connected ? "" : "warn"}">${desk.connected ? t.connection.live : t.connection.retry}</p>
    ${desk.alarm.audible
      ? html`<span class="soft">♪ ${t.soundOn}</span>`
      : html`<button type="button" class="small warn" @click=${() => void desk.alarm.allow()}>${t.soundOff}</button>`}
    ${notices(desk)}
    <button type="button" class="small" aria-pressed=${desk.online ? "true" : "false"} title=${t.presenceLabel} @click=${() => void desk.setOnline(!desk.online)}>
      ${desk.online ? `● ${t.online}` : `○ ${t.away}`}
    </button>
    ${takingButton(desk)}
    <button type="button" class="small" @click=${() => acts.theme(NEXT[theme])}>${t.theme[theme]}</button>
    <button type="button" class="small" lang=${other === "zh" ? "zh-CN" : "en"} @click=${() => desk.chooseLocale(other)}>${t.language}</button>
    <button type="button" class="small" aria-label=${t.shortcuts} @click=${() => acts.sheet()}>?</button>
    <span class="me"><bdi>${me?.name ?? ""}</bdi></span>
    <button type="button" class="small" data-testid="sign-out" @click=${() => void desk.signOut()}>${t.signOut}</button>
  </header>`;
}
