import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { sends } from "../shared/keys";
import { span } from "../shared/times";
import { find, forget, keep } from "./blobs";
import type { Chat } from "./chat";
import { ANONYMOUS } from "./identity";
import { remember, remembered } from "./memory";
import { PHOTO_TYPES, prepare } from "./photo";
import { canRecord, LONGEST_S, Recording } from "./recorder";
import type { Texts } from "./texts";

/** The desk takes messages up to this many characters (code points). */
export const LONGEST = 4_000;
/** From this many characters left, the count is shown. */
const WARN_LEFT = 200;
const TYPING_EVERY_MS = 2_500;
const DRAFT = "vigil:draft:";

type Problem = "photoTooLarge" | "notPhoto" | "noMicrophone" | "noPosition";

/** Characters as the desk counts them: code points, so that one emoji is not two. */
export function length(text: string): number {
  return Array.from(text).length;
}

/** What is being made ready to send: words, a photo beside them, a voice note, a position. Nothing of it is lost by a refusal. */
export class Composer implements ReactiveController {
  private draft = "";
  private owner = "";
  private photo: { blob: Blob; url: string } | null = null;
  private recording: Recording | null = null;
  /** a voice note whose recording the closing of the chat has ended; it goes out only when the person says so */
  private held: { sound: Blob; seconds: number } | null = null;
  private starting = false;
  private more = false;
  private problem: Problem | null = null;
  private lastTyping = -Infinity;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly chat: () => Chat | null,
    private readonly sent: () => void,
  ) {
    host.addController(this);
  }

  /** True while something is under way that a page loaded anew would break off. */
  get busy(): boolean {
    return this.recording !== null || this.starting || this.held !== null;
  }

  /** Takes up the draft of `owner` (an identity's name). What nobody in particular has begun goes with whoever they turn out to be. */
  async turnTo(owner: string): Promise<void> {
    const carried = this.owner === ANONYMOUS ? this.draft : "";
    if (this.owner !== "" && this.owner !== ANONYMOUS) {
      this.held = null;
      this.dropPhoto();
    }
    // It goes along: whoever is nobody in particular here next shall not find it.
    if (carried !== "" && owner !== ANONYMOUS) this.write("");
    this.owner = owner;
    this.write(carried || (remembered("session", DRAFT + owner) ?? ""));
    // A database that cannot be looked into now has it on the next page.
    const kept = await find(DRAFT + owner).catch(() => null);
    if (kept === null) return;
    void forget(DRAFT + owner);
    if (this.photo === null && this.owner === owner) this.show(kept);
  }

  /** Keeps what is chosen and not sent, for the page that is loaded next. Words are kept as they are written. */
  async keep(): Promise<void> {
    if (this.photo !== null) await keep(DRAFT + this.owner, this.photo.blob);
  }

  hostDisconnected(): void {
    void this.stopRecording("drop");
    this.held = null;
    this.dropPhoto();
  }

  /** Nothing is recorded that is not seen to be, however the chat was closed. */
  hostUpdated(): void {
    if (!this.shown) void this.stopRecording("hold");
  }

  private get shown(): boolean {
    return this.host.isConnected && this.host.shadowRoot?.querySelector("form") != null;
  }

  /** The page hides the chat: what was recorded so far goes out, and the microphone is let go. */
  hide(): void {
    void this.stopRecording("send");
  }

  /** Puts a text that was refused back to be changed. */
  takeBack(text: string): void {
    this.write(this.draft === "" ? text : `${this.draft}\n${text}`);
    this.focus();
  }

  view(t: Texts): TemplateResult {
    const left = LONGEST - length(this.draft.trim());
    const empty = this.draft.trim() === "" && this.photo === null;
    const voice = this.recording !== null || this.held !== null;
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        this.send();
      }}
    >
      <div role="status">${this.hint(left, t)}</div>
      ${this.photo === null
        ? nothing
        : html`<div class="ready" data-testid="photo-ready">
            <img src=${this.photo.url} alt=${t.photoReady} /><button type="button" @click=${() => this.dropPhoto()}>${t.photoDrop}</button>
          </div>`}
      ${this.more && !voice ? this.choices(t) : nothing}
      <div class="row">${voice ? this.voiceBar(t) : this.writing(left, empty, t)}</div>
      <input class="visually-hidden" type="file" accept=${PHOTO_TYPES} tabindex="-1" aria-hidden="true" data-testid="photo-input" @change=${this.onFile} />
    </form>`;
  }

  private hint(left: number, t: Texts): TemplateResult | typeof nothing {
    if (this.problem !== null) return html`<p class="hint problem" data-testid="attach-problem">${t[this.problem]}</p>`;
    if (left < 0) return html`<p class="hint problem" id="hint" data-testid="too-long">${t.tooLong(-left)}</p>`;
    return left < WARN_LEFT ? html`<p class="hint" id="hint">${t.left(left)}</p>` : nothing;
  }

  private choices(t: Texts): TemplateResult {
    return html`<div class="choices" id="choices" role="group" aria-label=${t.more}>
      <button type="button" data-testid="attach-photo" @click=${() => this.input()?.click()}>${t.photo}</button>
      ${canRecord() ? html`<button type="button" data-testid="attach-voice" ?disabled=${this.starting} @click=${this.record}>${t.voice}</button>` : nothing}
      <button type="button" data-testid="attach-position" @click=${this.sharePosition}>${t.myPosition}</button>
    </div>`;
  }

  private writing(left: number, empty: boolean, t: Texts): TemplateResult {
    const onKey = (event: KeyboardEvent): void => {
      if (!sends(event)) return;
      event.preventDefault();
      this.send();
    };
    return html`<button class="more" type="button" data-testid="more" aria-label=${t.more} aria-expanded=${this.more} aria-controls=${this.more ? "choices" : nothing} @click=${this.toggle}>
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M12 4v16M4 12h16" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" /></svg>
      </button>
      <textarea
        rows="1"
        data-testid="input"
        aria-label=${t.input}
        aria-invalid=${left < 0 ? "true" : nothing}
        aria-describedby=${left < WARN_LEFT ? "hint" : nothing}
        placeholder=${t.placeholder}
        autocomplete="off"
        enterkeyhint="send"
        .value=${this.draft}
        @input=${(event: InputEvent) => this.onInput((event.target as HTMLTextAreaElement).value)}
        @keydown=${onKey}
        @paste=${this.onPaste}
      ></textarea>
      <button class="primary" type="submit" data-testid="send" ?disabled=${left < 0 || empty}>${t.send}</button>`;
  }

  private voiceBar(t: Texts): TemplateResult {
    const end = (what: "send" | "drop") => (): void => {
      if (this.held === null) void this.stopRecording(what);
      else this.release(what);
    };
    const length = html`<b role="timer">${span((this.recording ?? this.held)?.seconds ?? 0)}</b>`;
    return html`${this.held === null
        ? html`<span class="recording" data-testid="recording"><i aria-hidden="true"></i>${length} / ${span(LONGEST_S)}</span>`
        : html`<span class="recording" data-testid="voice-held">${t.voice} ${length}</span>`}
      <button type="button" data-testid="voice-cancel" @click=${end("drop")}>${t.cancel}</button>
      <button class="primary" type="button" data-testid="voice-send" @click=${end("send")}>${t.send}</button>`;
  }

  private readonly toggle = (): void => {
    this.more = !this.more;
    this.say(null);
  };

  /** Kept for this tab as it is written, so that a page loaded anew has it. */
  private write(text: string): void {
    this.draft = text;
    remember("session", DRAFT + this.owner, text);
  }

  private onInput(text: string): void {
    this.write(text);
    this.say(null);
    const now = performance.now();
    if (now - this.lastTyping < TYPING_EVERY_MS) return;
    this.lastTyping = now;
    this.chat()?.sayTyping(true);
  }

  private readonly onPaste = (event: ClipboardEvent): void => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (file === undefined) return;
    event.preventDefault();
    void this.choose(file);
  };

  private readonly onFile = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) void this.choose(file).finally(() => (input.value = ""));
  };

  private async choose(file: File): Promise<void> {
    const ready = await prepare(file);
    this.more = false;
    if (typeof ready === "string") {
      this.say(ready === "tooLarge" ? "photoTooLarge" : "notPhoto");
      return;
    }
    this.show(ready);
    this.focus();
  }

  private show(photo: Blob): void {
    this.dropPhoto();
    this.photo = { blob: photo, url: URL.createObjectURL(photo) };
    this.say(null);
  }

  private readonly record = async (): Promise<void> => {
    this.starting = true;
    this.say(null);
    try {
      const begun = await Recording.begin(() => void this.stopRecording("send"));
      if (this.shown) {
        this.recording = begun;
        this.ticking = setInterval(() => this.host.requestUpdate(), 500);
        this.more = false;
        // The chat was closed while the browser asked for the microphone.
      } else await begun.end();
    } catch {
      this.problem = "noMicrophone";
    }
    this.starting = false;
    this.host.requestUpdate();
  };

  private async stopRecording(what: "send" | "hold" | "drop"): Promise<void> {
    const { recording } = this;
    if (recording === null) return;
    this.recording = null;
    clearInterval(this.ticking);
    const { seconds } = recording;
    const sound = await recording.end();
    if (sound !== null) this.held = { sound, seconds };
    if (what === "hold") this.host.requestUpdate();
    else this.release(what);
  }

  private release(what: "send" | "drop"): void {
    if (what === "send" && this.held !== null) void this.chat()?.sending.sendFile(this.held.sound, "voice", "");
    this.held = null;
    this.sent();
    this.focus();
  }

  private readonly sharePosition = async (): Promise<void> => {
    this.more = false;
    this.say(null);
    if ((await this.chat()?.sharePosition()) === false) this.say("noPosition");
    else this.sent();
  };

  private send(): void {
    const text = this.draft.trim();
    if (length(text) > LONGEST || (text === "" && this.photo === null)) return;
    this.lastTyping = -Infinity;
    this.chat()?.sayTyping(false);
    if (this.photo === null) this.chat()?.sending.say(text);
    else void this.chat()?.sending.sendFile(this.photo.blob, "photo", text);
    this.write("");
    this.dropPhoto();
    this.say(null);
    this.sent();
  }

  private dropPhoto(): void {
    if (this.photo !== null) URL.revokeObjectURL(this.photo.url);
    this.photo = null;
    this.host.requestUpdate();
  }

  private say(problem: Problem | null): void {
    this.problem = problem;
    this.host.requestUpdate();
  }

  private input(): HTMLInputElement | null {
    return this.host.shadowRoot?.querySelector<HTMLInputElement>("input[type=file]") ?? null;
  }

  private focus(): void {
    void this.host.updateComplete.then(() => this.host.shadowRoot?.querySelector("textarea")?.focus());
  }
}
