import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Press } from "../shared/press";
import type { Locale } from "../shared/wire";
import { emergencyBanner } from "./banner";
import { Chat } from "./chat";
import { Afterwards } from "./afterwards";
import { Composer } from "./composer";
import { ANONYMOUS, identityName } from "./identity";
import { remember, remembered } from "./memory";
import { Shelf } from "./shelf";
import { newVersion, strip } from "./strip";
import { afterwards as afterStyles, banner, files, frame, talk as talkStyles, tokens } from "./styles/index";
import { talk } from "./talk";
import { chooseLocale, texts, type Texts } from "./texts";

const LANGUAGE_KEY = "vigil:language";
const HIDDEN_KEY = "vigil:note";
/** Set for a page that is loaded anew from within the chat, which is then open again. */
const OPEN_KEY = "vigil:open";
/** Two presses or taps within this time belong together, in milliseconds. */
const TWICE_MS = 700;

/**
 * `<vigil-chat>`: the help chat. With `open` in the page's own HTML it fills its place; otherwise it floats with a
 * launcher. Attributes: `locale` (zh, en), `token` (the app's token of its signed-in person), `base` (where the desk is).
 * It makes no sound, sends no notification and leaves the page's title alone, always.
 */
export class VigilChat extends LitElement {
  static override styles = [tokens, frame, banner, talkStyles, files, afterStyles];

  @property({ type: Boolean, reflect: true }) open = false;
  @property({ type: Boolean, reflect: true }) floating = false;
  @property() locale: string | null = null;
  @property() token: string | null = null;
  @property() base = "";
  @state() private asNote = remembered("session", HIDDEN_KEY) === "1";
  @state() private behind = false;
  @state() private chosen: Locale | null = null;

  private chat: Chat | null = null;
  private afterwards: Afterwards | null = null;
  private readonly composer = new Composer(this, () => this.chat, () => this.toEnd());
  private readonly press = new Press(this);
  private readonly answered = new Set<string>();
  private lastEscape = -Infinity;
  private lastTitleTap = -Infinity;
  private atEnd = true;

  private get language(): Locale {
    return this.chosen ?? this.chat?.state?.locale ?? chooseLocale(this.locale, navigator.language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.press.open();
    if (!this.open) this.floating = true;
    if (remembered("session", OPEN_KEY) === "1") this.open = true;
    remember("session", OPEN_KEY, "");
    const kept = remembered("local", LANGUAGE_KEY);
    this.chosen = kept === "zh" || kept === "en" ? kept : null;
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", this.onVisible);
    visualViewport?.addEventListener("resize", this.onViewport);
    visualViewport?.addEventListener("scroll", this.onViewport);
    // The chat begins with the update that follows: by then the page has said who is signed in and where the desk is.
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.press.close();
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.onVisible);
    visualViewport?.removeEventListener("resize", this.onViewport);
    visualViewport?.removeEventListener("scroll", this.onViewport);
    this.chat?.leave();
    this.chat = null;
  }

  /** A message that comes in under a finger must not turn "I'm fine" into another answer. */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.press.over !== null) await this.press.over;
    await super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const was = identityName(changed.has("token") ? (changed.get("token") ?? null) : this.token);
    const other = was !== identityName(this.token);
    if ((other || changed.has("base")) && this.chat !== null) {
      const before = this.chat;
      // Nobody in particular has turned out to be somebody: the same person goes on, if they were here at all.
      const same = was === ANONYMOUS && before.shown && !changed.has("base");
      if (!same) before.leave();
      this.answered.clear();
      this.begin(same ? before : undefined);
    }
    // What was left unsent on the page before goes out, and an answer to it is seen, without anybody opening the chat.
    if (this.chat === null && (this.open || new Shelf(identityName(this.token)).waiting)) this.begin();
    if (this.open) this.chat?.show();
    if (changed.has("token")) this.chat?.tryNow();
  }

  protected override updated(changed: PropertyValues): void {
    const log = this.renderRoot.querySelector<HTMLElement>(".log");
    if (log !== null && this.atEnd) log.scrollTop = log.scrollHeight;
    if (this.open && !this.asNote && !document.hidden) this.chat?.markRead();
    if (changed.has("open") && changed.get("open") !== undefined) this.moveFocus();
  }

  protected override render(): TemplateResult {
    const t = texts[this.language];
    if (!this.open) return this.dock(t);
    return this.asNote ? this.note(t) : this.panel(t);
  }

  private begin(before?: Chat): void {
    this.chat = new Chat({
      ...(before === undefined ? {} : { before }),
      base: this.base,
      appToken: () => this.token,
      locale: () => this.language,
      changed: () => this.onChange(),
    });
    this.afterwards = new Afterwards(this.chat, () => this.requestUpdate());
    this.chat.start();
    void this.composer.turnTo(identityName(this.token));
  }

  private readonly loadAgain = (): void => {
    remember("session", OPEN_KEY, "1");
    void this.composer.keep().then(() => location.reload());
  };

  private onChange(): void {
    const log = this.renderRoot.querySelector<HTMLElement>(".log");
    if (log !== null) this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    this.behind = !this.atEnd;
    this.requestUpdate();
  }

  private dock(t: Texts): TemplateResult {
    // A chat that was hidden gives no sign of itself.
    const chat = this.asNote ? null : this.chat;
    const [unread, unsent] = [chat?.unread === true, (chat?.pending.length ?? 0) > 0];
    const label = [t.open, ...(unsent ? [t.notSent] : []), ...(unread ? [t.unread] : [])].join(". ");
    return html`<div class="dock" lang=${tag(this.language)}>
      <button class="alarm" type="button" data-testid="emergency-button" aria-label=${t.emergencySend} @click=${this.callForHelp}>
        ${t.emergency}
      </button>
      <button class="primary" type="button" data-testid="launcher" aria-label=${label} aria-expanded="false" @click=${this.show}>
        ${t.title}${unsent ? html`<span class="unsent" data-testid="not-sent">${t.notSent}</span>` : nothing}${unread ? html`<span class="dot" title=${t.unread}></span>` : nothing}
      </button>
    </div>`;
  }

  private panel(t: Texts): TemplateResult {
    const { chat } = this;
    if (chat === null) return html``;
    return html`<section
      class="panel"
      data-testid="panel"
      lang=${tag(this.language)}
      role=${this.floating ? "dialog" : "region"}
      aria-label=${t.title}
    >
      <div class="top">
        ${this.header(t)}
        <div class="acts">
          <button class="alarm" type="button" data-testid="emergency-button" aria-label=${t.emergencySend} @click=${this.callForHelp}>
            ${t.emergency}
          </button>
          <button type="button" data-testid="complaint-button" aria-label=${t.complaintSend} @click=${this.complain}>${t.complaint}</button>
        </div>
      </div>
      <div aria-live=${chat.state?.quiet ? "polite" : "assertive"}>${emergencyBanner(chat, this.language, t)}</div>
      <div role="status">${strip(chat, this.language, t)} ${newVersion(chat, this.composer.busy, this.loadAgain, t)}</div>
      <div class="log" role="log" aria-label=${t.log} tabindex="0" @scroll=${this.onScroll} @load=${this.grown}>
        <p class="intro">${t.intro}<br />${t.introHide}</p>
        ${talk(chat, this.answered, { tap: (m, b) => this.tap(m.id, b), edit: (p) => this.takeBack(p.client_id, p.text) }, this.language, t)}
        ${this.afterwards?.view(t) ?? nothing}
      </div>
      ${this.behind
        ? html`<button class="newer" type="button" @click=${this.toEnd}>&darr; ${t.newMessages}</button>`
        : nothing}
      ${this.composer.view(t)}
    </section>`;
  }

  private header(t: Texts): TemplateResult {
    return html`<header>
      <div class="who">
        <h2 tabindex="-1">${t.title}</h2>
        <p>${this.withWhom(t)}</p>
      </div>
      <button class="plain" type="button" lang=${this.language === "zh" ? "en" : "zh-CN"} aria-label=${t.languageLabel} @click=${this.switchLanguage}>
        ${t.language}
      </button>
      <button type="button" data-testid="hide-button" aria-label=${t.hideLabel} @click=${this.hide}>${t.hide}</button>
      ${this.floating
        ? html`<button class="plain" type="button" data-testid="close" aria-label=${t.close} @click=${this.shut}>&#10005;</button>`
        : nothing}
    </header>`;
  }

  private withWhom(t: Texts): string {
    const now = this.chat?.state;
    if (now == null) return "";
    if (now.holder === "person") return now.holder_name ? t.withPerson(now.holder_name) : t.withSomeone;
    return now.holder === "queue" ? t.waiting : t.withAssistant;
  }

  private note(t: Texts): TemplateResult {
    return html`<section class="panel note" data-testid="note" lang=${tag(this.language)} aria-label=${t.note}>
      <button class="plain title" type="button" data-testid="note-title" @click=${this.onTitleTap}>${t.note}</button>
      <textarea aria-label=${t.noteBody} placeholder=${t.notePlaceholder}></textarea>
    </section>`;
  }

  private readonly callForHelp = (): void => {
    // On a page loaded while the chat was hidden, the number to call must not be hidden with it.
    if (this.asNote) this.setNote(false);
    this.open = true;
    if (this.chat === null) this.begin();
    this.chat?.callForHelp();
    this.requestUpdate();
  };

  private readonly complain = (): void => {
    this.chat?.sending.say(texts[this.language].complaintText, "/vigil_complaint");
  };

  private readonly show = (): void => {
    this.open = true;
  };

  private readonly shut = (): void => {
    this.open = false;
  };

  private readonly hide = (): void => this.setNote(true);

  private setNote(on: boolean): void {
    if (on) this.composer.hide();
    this.asNote = on;
    remember("session", HIDDEN_KEY, on ? "1" : "");
  }

  private readonly onTitleTap = (event: MouseEvent): void => {
    if (event.timeStamp - this.lastTitleTap < TWICE_MS) this.setNote(false);
    this.lastTitleTap = event.timeStamp;
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || event.repeat || !this.open) return;
    if (event.timeStamp - this.lastEscape < TWICE_MS) {
      this.setNote(!this.asNote);
      this.lastEscape = -Infinity;
    } else this.lastEscape = event.timeStamp;
  };

  /** Keeps the whole panel, emergency number first, in what a phone's keyboard leaves of the screen. */
  private readonly onViewport = (): void => {
    if (visualViewport === null || !this.floating || !this.open || visualViewport.scale > 1) return;
    this.style.setProperty("--visible-height", `${visualViewport.height}px`);
    this.style.setProperty("--visible-top", `${visualViewport.offsetTop}px`);
  };

  private readonly onVisible = (): void => this.requestUpdate();

  private readonly switchLanguage = (): void => {
    this.chosen = this.language === "zh" ? "en" : "zh";
    remember("local", LANGUAGE_KEY, this.chosen);
  };

  private tap(messageId: string, button: { title: string; payload: string }): void {
    this.answered.add(messageId);
    this.atEnd = true;
    this.chat?.tap(button);
  }

  private takeBack(clientId: string, text: string): void {
    this.chat?.sending.drop(clientId);
    this.composer.takeBack(text);
  }

  private readonly onScroll = (event: Event): void => {
    const log = event.target as HTMLElement;
    this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    if (this.atEnd) this.behind = false;
  };

  /** A photo that comes in makes the messages longer; its event does not rise, so it is caught on its way down. */
  private readonly grown = {
    capture: true,
    handleEvent: (): void => {
      const log = this.renderRoot.querySelector<HTMLElement>(".log");
      if (log !== null && this.atEnd) log.scrollTop = log.scrollHeight;
    },
  };

  private readonly toEnd = (): void => {
    this.atEnd = true;
    this.behind = false;
  };

  private moveFocus(): void {
    if (!this.open) {
      this.renderRoot.querySelector<HTMLElement>("[data-testid=launcher]")?.focus();
      return;
    }
    // On a phone the keyboard would jump up over the emergency number.
    const target = matchMedia("(pointer: fine)").matches ? "form textarea" : "h2";
    this.renderRoot.querySelector<HTMLElement>(target)?.focus();
  }
}

function tag(locale: Locale): string {
  return locale === "zh" ? "zh-CN" : "en";
}
