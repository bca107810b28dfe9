import { html, nothing, render, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ask } from "../shared/http";
import type { Locale } from "../shared/wire";
import { texts } from "./texts";

interface Person {
  id: string;
  kind: string;
  name: string;
  language: string;
  note: string;
  token: string;
}

interface Page {
  locale: Locale;
  people: Person[] | null;
  failed: boolean;
  sandbox: string | null;
  chosen: string;
  copied: boolean;
}

/** A demo page's state: who plays, in which language. The choice outlives a reload, as a sign-in would. */
const page: Page = {
  locale: (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"),
  people: null,
  failed: false,
  sandbox: null,
  chosen: sessionStorage.getItem("demo:person") ?? "",
  copied: false,
};

async function load(): Promise<void> {
  page.failed = false;
  try {
    const found = await ask<{ people: Person[]; sandbox_url?: string | null }>("/api/demo/people");
    page.people = found.people;
    page.sandbox = found.sandbox_url ?? null;
  } catch {
    page.failed = true;
    page.people = [];
  }
  draw();
}

function choose(id: string): void {
  page.chosen = id;
  sessionStorage.setItem("demo:person", id);
  draw();
  // On a narrow page the choice stands below the chat.
  if (!matchMedia("(min-width: 821px)").matches) document.querySelector(".phone")?.scrollIntoView();
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    page.copied = true;
  } catch {
    page.copied = false;
  }
  draw();
}

function option(id: string, name: string, about: string, note: string): TemplateResult {
  return html`<label class="person">
    <input type="radio" name="person" data-testid="person" value=${id} .checked=${page.chosen === id} @change=${() => choose(id)} />
    <span><b>${name}</b> <small>${about}</small><br /><small>${note}</small></span>
  </label>`;
}

/** Notes are told as "Chinese · English", or in one language only. */
function noteIn(note: string, locale: Locale): string {
  const [zh, en] = note.split(" · ");
  return (locale === "zh" ? zh : en) ?? note;
}

function people(): TemplateResult {
  const t = texts[page.locale];
  return html`<fieldset>
    <legend>${t.who}</legend>
    ${option("", t.anonymous, "", t.anonymousNote)}
    ${page.people === null ? html`<p role="status">${t.loading}</p>` : nothing}
    ${(page.people ?? []).map((p) =>
      option(p.id, p.name, `${t.kinds[p.kind] ?? p.kind} · ${t.languages[p.language] ?? p.language}`, noteIn(p.note, page.locale)),
    )}
    ${page.failed
      ? html`<p role="alert">${t.noPeople}</p>
          <button type="button" @click=${() => void load()}>${t.again}</button>`
      : nothing}
  </fieldset>`;
}

function view(): TemplateResult {
  const t = texts[page.locale];
  const person = page.people?.find((p) => p.id === page.chosen);
  // The chat waits for the choice that was made before, so that no chat is opened for nobody.
  const ready = page.people !== null || page.chosen === "";
  const speaks = person?.language === "zh" || person?.language === "en" ? person.language : page.locale;
  return html`<main>
    <section class="about">
      <p class="top">
        <b>${t.app}</b>
        <button type="button" lang=${page.locale === "zh" ? "en" : "zh-CN"} @click=${switchLanguage}>${t.language}</button>
      </p>
      <h1>${t.heading}</h1>
      <p>${t.lead}</p>
      ${people()}
      <h2>${t.tryThis}</h2>
      <ul class="examples">
        ${t.examples.map((text) => html`<li><button type="button" title=${t.use(text)} @click=${() => void copy(text)}>${text}</button></li>`)}
      </ul>
      <p role="status">${page.copied ? t.copied : nothing}</p>
      <h2>${t.others}</h2>
      <ul>
        <li><a href="/console" target="_blank" rel="noopener">${t.console}</a></li>
        ${page.sandbox === null
          ? nothing
          : html`<li><a href=${page.sandbox} target="_blank" rel="noopener noreferrer">${t.sandbox}</a></li>`}
      </ul>
    </section>
    <section class="phone" aria-label=${t.phone}>
      <div class="screen">
        ${ready
          ? keyed(
              page.chosen + speaks,
              html`<vigil-chat open locale=${speaks} token=${person?.token ?? nothing}></vigil-chat>`,
            )
          : nothing}
      </div>
    </section>
  </main>`;
}

function switchLanguage(): void {
  page.locale = page.locale === "zh" ? "en" : "zh";
  draw();
}

function draw(): void {
  document.documentElement.lang = page.locale === "zh" ? "zh-CN" : "en";
  render(view(), document.body);
}

draw();
void load();
