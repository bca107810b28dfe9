import "./police.css";
import { html, LitElement, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { VgClock } from "../console/ticker";
import type { Locale } from "../shared/wire";
import { download, type Status } from "./api";
import { PoliceForm } from "./form";
import { PoliceRequest } from "./request";
import { texts } from "./texts";

/** What stands behind # is sent to no server: the secret of a request (s), or of a one-time file (pack). */
function secret(name: "s" | "pack"): string {
  return new URLSearchParams(location.hash.slice(1)).get(name) ?? "";
}

/** `<vigil-police>`: the page for officers who ask for data. */
class VigilPolice extends LitElement {
  @state() private locale: Locale = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  @state() private token = secret("s");
  @state() private pack = secret("pack");
  @state() private problem = "";
  @state() private notice = "";
  private status: Status | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.onAddress);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.onAddress);
  }

  private readonly onAddress = (): void => {
    if (secret("s") !== this.token) this.status = null;
    [this.token, this.pack] = [secret("s"), secret("pack")];
  };

  protected override updated(): void {
    document.documentElement.lang = this.locale === "zh" ? "zh-CN" : "en";
    document.title = texts[this.locale].title;
  }

  protected override render(): TemplateResult {
    const t = texts[this.locale];
    return html`<main>
      <header>
        <h1>${t.title}</h1>
        <button type="button" data-testid="language" lang=${this.locale === "zh" ? "en" : "zh-CN"} @click=${() => (this.locale = this.locale === "zh" ? "en" : "zh")}>
          ${t.language}
        </button>
      </header>
      ${this.pack !== "" ? this.file() : this.token !== "" ? this.request() : this.form()}
    </main>`;
  }

  private form(): TemplateResult {
    const t = texts[this.locale];
    return html`<p>${t.lead}</p>
      <details>
        <summary>${t.how}</summary>
        <ol>
          ${t.steps.map((step) => html`<li>${step}</li>`)}
        </ol>
      </details>
      <police-form .locale=${this.locale} .filed=${(status: Status, token: string) => this.filed(status, token)}></police-form>`;
  }

  private request(): TemplateResult {
    return html`<police-request .locale=${this.locale} .token=${this.token} .status=${this.status} .another=${() => this.begin()}></police-request>`;
  }

  private file(): TemplateResult {
    const t = texts[this.locale];
    return html`<section class="card">
      <h2>${t.files}</h2>
      <p>${t.oneTime}</p>
      <p><button type="button" class="primary" data-testid="get-file" @click=${() => void this.fetch()}>${t.download}</button></p>
      <p role="status">${this.notice}</p>
      <p class="problem" role="alert" data-testid="file-problem">${this.problem}</p>
    </section>`;
  }

  private filed(status: Status, token: string): void {
    [this.status, this.token] = [status, token];
    history.pushState(null, "", `#s=${token}`);
    scrollTo(0, 0);
  }

  private begin(): void {
    [this.status, this.token] = [null, ""];
    history.pushState(null, "", location.pathname);
  }

  private async fetch(): Promise<void> {
    const t = texts[this.locale];
    this.problem = await download(this.locale, this.pack, t.unreachable);
    this.notice = this.problem === "" ? t.fetchedOnce : "";
  }
}

customElements.define("vg-clock", VgClock);
customElements.define("police-form", PoliceForm);
customElements.define("police-request", PoliceRequest);
customElements.define("vigil-police", VigilPolice);
