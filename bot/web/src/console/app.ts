import { html, LitElement, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { actBar, shortcutSheet } from "./act-bar";
import { actOf, isHeld, takesOver, type Act } from "./acts";
import { alarmStack, wide } from "./alarm-stack";
import { scriptFor } from "./cards/protocol";
import { casePane } from "./case-pane";
import { Desk } from "./desk";
import { lastSeq } from "./ending";
import { Focus } from "./focus";
import { keep, recall } from "./keep";
import { commandOf, editable } from "./keys";
import { grouped, inSight } from "./order";
import { mentionsBar } from "./mentions";
import { elementOf, pageAt, pagesFor, type PageElement } from "./pages/registry";
import { Press } from "../shared/press";
import { queuePane } from "./queue-pane";
import { takeSuggestion } from "./palette";
import { signInForm } from "./sign-in";
import { openPalette, talkPane } from "./talk-pane";
import { topBar, type Theme } from "./top-bar";

type Pane = "queue" | "talk" | "case";

/** `<vigil-console>`: the agents' page. Layout, keys and dialogs; what it knows is in Desk. */
export class VigilConsole extends LitElement {
  @state() private filter = "";
  @state() private pane: Pane = "queue";
  @state() private dialog: Act | null = null;
  @state() private sheet = false;
  @state() private allAlarms = false;
  @state() private signingIn = false;
  @state() private beside: PageElement | null = null;
  @state() private theme: Theme = recall("theme") === "dark" ? "dark" : recall("theme") === "light" ? "light" : "system";

  private readonly desk = new Desk(() => this.requestUpdate());
  private readonly keyboard = new Focus(this);
  private readonly press = new Press(this);
  private atEnd = true;
  /** the conversation that the open dialog is about, whatever is shown behind it meanwhile */
  private askedFor: string | null = null;
  private shownFor: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.press.open();
    document.addEventListener("keydown", this.onKey);
    addEventListener("hashchange", this.onAddress);
    wide.addEventListener("change", this.onWidth);
    this.addEventListener("vg-open", this.onOpen);
    this.addEventListener("vg-ask", this.onAsk);
    this.addEventListener("input", this.desk.renewal.onInput);
    // Browsers let a page sound only after the person has done something on it.
    document.addEventListener("pointerdown", this.allowSound);
    document.addEventListener("keydown", this.allowSound);
    void this.desk.start();
    this.onAddress();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.press.close();
    document.removeEventListener("keydown", this.onKey);
    removeEventListener("hashchange", this.onAddress);
    wide.removeEventListener("change", this.onWidth);
    this.removeEventListener("vg-ask", this.onAsk);
    document.removeEventListener("pointerdown", this.allowSound);
    document.removeEventListener("keydown", this.allowSound);
  }

  protected override async scheduleUpdate(): Promise<void> {
    if (this.press.over !== null) await this.press.over;
    await super.scheduleUpdate();
  }

  protected override willUpdate(): void {
    this.keyboard.note();
  }

  protected override updated(): void {
    this.keyboard.restore();
    document.documentElement.lang = this.desk.locale === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.theme = this.theme;
    this.desk.alarm.title(this.desk.t.title);
    this.beside?.requestUpdate();
    const gate = this.querySelector<HTMLDialogElement>("dialog.gate");
    if (gate !== null && !gate.open) gate.showModal();
    const sheet = this.querySelector<HTMLDialogElement>("dialog.sheet");
    if (sheet !== null && !sheet.open) sheet.showModal();
    this.followMessages();
  }

  protected override render(): TemplateResult {
    const { desk } = this;
    if (desk.gate === "asking") return html`<p class="empty big">${desk.t.loading}</p>`;
    const signIn = (): TemplateResult => signInForm(desk, this.signingIn, (email, password) => void this.signIn(email, password));
    if (desk.gate === "signed_out") return html`<main class="door">${signIn()}</main>`;
    return html`${this.page()}
    ${desk.gate === "expired"
      ? html`<dialog class="gate" @cancel=${(event: Event) => event.preventDefault()}>${signIn()}</dialog>`
      : nothing}`;
  }

  private page(): TemplateResult {
    const { desk } = this;
    const { t } = desk;
    return html`${topBar(desk, this.theme, {
      theme: (theme) => {
        this.theme = theme;
        keep("theme", theme === "system" ? "" : theme);
      },
      sheet: () => (this.sheet = true),
    })}
    ${alarmStack(desk, this.allAlarms, {
      open: (id) => this.open(id),
      accept: (id) => this.accept(id),
      unfold: (all) => (this.allAlarms = all),
    })}
    ${desk.renewal.view(desk)} ${mentionsBar(desk, (id) => this.open(id))}
    ${this.beside === null ? this.panes() : html`<main class="beside">${this.beside}</main>`}
    ${this.toast()}
    <vg-dialog
      .act=${this.dialog}
      .t=${t}
      .run=${(act: Act, body: Record<string, unknown>) => desk.act(act.path, body, this.askedFor)}
      .closed=${() => (this.dialog = null)}
    ></vg-dialog>
    <vg-concerns .desk=${desk} .asking=${desk.answer.asking}></vg-concerns>
    ${this.sheet ? shortcutSheet(t, () => (this.sheet = false)) : nothing}`;
  }

  private panes(): TemplateResult {
    const { desk } = this;
    const { t } = desk;
    return html`<main class="panes" data-pane=${this.pane}>
      <nav class="tabs" aria-label=${t.title}>
        ${(["queue", "talk", "case"] as const).map(
          (pane) => html`<button type="button" data-testid=${`tab-${pane}`} aria-pressed=${this.pane === pane ? "true" : "false"} @click=${() => (this.pane = pane)}>
            ${pane === "queue" ? t.queue : pane === "talk" ? t.conversation : t.caseCard}
          </button>`,
        )}
      </nav>
      <section class="pane queue" aria-label=${t.queue}>
        ${guard([desk.queue, desk.selected, desk.locale, this.filter], () =>
          queuePane(desk, this.filter, (text) => (this.filter = text), (id) => this.open(id)),
        )}
      </section>
      <section class="pane talk" aria-label=${t.conversation}>${talkPane(desk, actBar(desk, (name) => this.begin(name)), this.onScroll, () => this.followMessages())}</section>
      <section class="pane case" aria-label=${t.caseCard}>${casePane(desk)}</section>
    </main>`;
  }

  private toast(): TemplateResult {
    const { desk } = this;
    return html`<div class="toast" role="status" data-testid="toast">
      ${desk.problem !== ""
        ? html`<span class="bad">${desk.problem}<button type="button" class="small" @click=${() => desk.say("")}>${desk.t.close}</button></span>`
        : desk.notice !== ""
          ? html`<span>${desk.notice}</span>`
          : nothing}
    </div>`;
  }

  private async signIn(email: string, password: string): Promise<void> {
    const before = this.desk.me?.id;
    this.signingIn = true;
    await this.desk.signIn(email, password);
    this.signingIn = false;
    // Somebody else sits here now: what the pages beside the desk and an open window showed was not for them.
    if (before !== undefined && this.desk.me !== null && this.desk.me.id !== before) location.reload();
  }

  /** The page that the address names takes the place of the desk's three panes; alarms stay above it. */
  private readonly onAddress = (): void => {
    const name = pageAt(location.hash);
    if (name === "") this.beside = null;
    else
      elementOf(name, this.desk).then(
        (element) => (this.beside = element),
        () => this.desk.partMissing(),
      );
  };

  /** A card asks for an act of its own. */
  private readonly onAsk = (event: CustomEvent<Act>): void => this.ask(event.detail);

  private ask(act: Act | null): void {
    [this.askedFor, this.dialog] = [this.desk.selected, act];
  }

  /** A page beside the desk wants a conversation shown. */
  private readonly onOpen = (event: Event): void => this.open((event as CustomEvent<string>).detail);

  private open(id: string): void {
    if (this.beside !== null) location.hash = "";
    this.pane = "talk";
    this.atEnd = true;
    void this.desk.select(id);
  }

  private accept(id: string): void {
    if (this.beside !== null) location.hash = "";
    this.pane = "talk";
    this.atEnd = true;
    void this.desk.accept(id).then(() => this.querySelector<HTMLElement>("#reply")?.focus());
  }

  private begin(name: string): void {
    const { detail, selected, t } = this.desk;
    if (detail === null || selected === null) return;
    if (!this.desk.may(name)) {
      const why = detail.forbidden_because?.[name] ?? detail.forbidden_because?.[name.replaceAll("_", "-")];
      this.desk.complain(`${t.acts[name] ?? name}: ${why ?? t.notNow}`);
      return;
    }
    if (name === "accept" && !takesOver(detail)) this.accept(selected);
    else {
      const act = actOf(name, detail, t, this.desk.saying.colleagues);
      this.ask(act === null || name !== "emergency_call" ? act : { ...act, beside: scriptFor(detail, this.desk.locale) });
    }
  }

  /** The card of the police's request, where its pack is released; without one, the page of all requests. */
  private toPolice(): void {
    const card = this.querySelector<HTMLElement>("[data-testid=police-card], .card.police");
    const offered = pagesFor(this.desk.me?.roles ?? []).some(([name]) => name === "police");
    if (card !== null) {
      this.pane = "case";
      card.scrollIntoView({ block: "start" });
      (card.querySelector<HTMLElement>("button, input, select, textarea") ?? card).focus();
    } else if (offered) location.hash = "#/police";
  }

  private step(by: number): void {
    const rows = inSight(grouped(this.desk.rows, this.filter));
    const at = rows.findIndex((row) => row.conversation_id === this.desk.selected);
    const next = rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next === undefined) return;
    this.open(next.conversation_id);
    this.querySelector(`[data-testid=queue-row][data-conversation="${CSS.escape(next.conversation_id)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.desk.gate !== "open" || this.dialog !== null || this.desk.answer.asking !== null || this.sheet || this.beside !== null) return;
    if (event.key === "Escape" && editable(event)) {
      (event.composedPath()[0] as HTMLElement).blur();
      return;
    }
    const command = commandOf(event);
    if (command === null) return;
    event.preventDefault();
    if (command === "sheet") this.sheet = true;
    else if (command === "filter") this.querySelector<HTMLElement>("#filter")?.focus();
    else if (command === "reply") this.querySelector<HTMLElement>("#reply")?.focus();
    else if (command === "macros") openPalette(this.desk);
    else if (command.startsWith("suggestion_")) takeSuggestion(this.desk, Number(command.slice(-1)) - 1);
    else if (command === "police") this.toPolice();
    else if (command === "next") this.step(1);
    else if (command === "previous") this.step(-1);
    else if (command === "hold") this.begin(this.desk.detail !== null && isHeld(this.desk.detail) ? "release" : "hold");
    else this.begin(command);
  };

  private readonly onWidth = (): void => this.requestUpdate();

  private readonly allowSound = (): void => {
    if (!this.desk.alarm.audible) void this.desk.alarm.allow().then(() => this.requestUpdate());
  };

  private readonly onScroll = (): void => {
    const log = this.querySelector("#log");
    if (log === null) return;
    this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    this.noteShown();
  };

  /** Stays at the newest message unless the agent has scrolled up to read; what is on the screen counts as shown. */
  private followMessages(): void {
    const log = this.querySelector("#log");
    if (log === null) return;
    if (this.shownFor !== this.desk.selected || this.desk.answer.unseen) this.atEnd = true;
    this.shownFor = this.desk.selected;
    if (this.atEnd) log.scrollTop = log.scrollHeight;
    this.noteShown();
  }

  private noteShown(): void {
    const { detail } = this.desk;
    const visible = wide.matches || this.pane === "talk";
    // What comes in behind an open question has not been read.
    if (detail === null || !this.atEnd || !visible || this.dialog !== null) return;
    this.desk.answer.shown(lastSeq(detail.messages));
  }
}
