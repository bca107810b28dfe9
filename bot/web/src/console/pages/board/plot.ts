import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import type uPlot from "uplot";
import type { Locale } from "../../../shared/wire";

/** One line of a plot; `standard` is a level to stay under. */
export interface Line {
  label: string;
  values: (number | null)[];
  standard?: boolean;
}

/** Levels to stay under, told apart by stroke. */
const STANDARDS: number[][] = [[3, 3], [9, 3], [2, 6], [12, 3, 3, 3]];
/** Lines are told apart by colour and by stroke. */
const STROKES: { colour: string; dash: number[] }[] = [
  { colour: "--accent", dash: [] },
  { colour: "--s2", dash: [6, 3] },
  { colour: "--s1", dash: [2, 3] },
  { colour: "--soft", dash: [10, 3, 2, 3] },
  { colour: "--plate", dash: [4, 4] },
  { colour: "--ink", dash: [] },
];
const HEIGHT = 190;
const DAY_S = 86_400;
const FONT = "12px system-ui, sans-serif";

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * `<vg-plot>`: lines over days. The drawing library comes when the first plot is shown; the drawing is one image to
 * screen readers, the figures stand in the table under it.
 */
export class VgPlot extends LitElement {
  @property({ attribute: false }) days: string[] = [];
  @property({ attribute: false }) lines: Line[] = [];
  @property() label = "";
  @property() unit = "";
  @property() locale: Locale = "en";
  @property() table = "";
  @property() day = "";
  private drawn: uPlot | null = null;
  private readonly resized = new ResizeObserver(() => this.fit());
  private readonly themed = new MutationObserver(() => void this.draw());
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
    this.themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.dark.addEventListener("change", this.redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.themed.disconnect();
    this.dark.removeEventListener("change", this.redraw);
    this.drawn?.destroy();
    this.drawn = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("lines") || changed.has("days") || changed.has("locale")) void this.draw();
  }

  protected override render(): TemplateResult {
    return html`<figure>
      <figcaption>${this.label}${this.unit === "" ? "" : ` (${this.unit})`}</figcaption>
      <ul class="legend" aria-hidden="true">
        ${this.lines.map((line, i) => html`<li>${this.swatch(line, i)} ${line.label}</li>`)}
      </ul>
      <div class="drawing" role="img" aria-label=${this.label}></div>
      <details>
        <summary>${this.table}</summary>
        <div class="wide-table" role="region" tabindex="0" aria-label=${this.label}>
          <table>
            <thead><tr><th scope="col">${this.day}</th>${this.lines.map((line) => html`<th scope="col">${line.label}</th>`)}</tr></thead>
            <tbody>
              ${this.days.map((day, i) => html`<tr><th scope="row">${day}</th>${this.lines.map((line) => html`<td>${line.values[i] ?? "–"}</td>`)}</tr>`)}
            </tbody>
          </table>
        </div>
      </details>
    </figure>`;
  }

  private stroke(line: Line, index: number): { colour: string; dash: number[] } {
    if (line.standard === true) {
      const before = this.lines.slice(0, index).filter((one) => one.standard === true).length;
      return { colour: "--alarm", dash: STANDARDS[before % STANDARDS.length] ?? [] };
    }
    return STROKES[index % STROKES.length] ?? { colour: "--ink", dash: [] };
  }

  private swatch(line: Line, index: number): TemplateResult {
    const { colour: name, dash } = this.stroke(line, index);
    return html`<svg width="26" height="8" viewBox="0 0 26 8">
      <line x1="0" y1="4" x2="26" y2="4" style="stroke: var(${name}); stroke-width: 2.5; stroke-dasharray: ${dash.join(" ") || "none"}" />
    </svg>`;
  }

  private readonly redraw = (): void => void this.draw();

  private fit(): void {
    const width = this.querySelector<HTMLElement>(".drawing")?.clientWidth ?? 0;
    if (this.drawn !== null && width > 0 && Math.abs(width - this.drawn.width) > 1) this.drawn.setSize({ width, height: HEIGHT });
  }

  private async draw(): Promise<void> {
    const [{ default: Plot }] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
    const place = this.querySelector<HTMLElement>(".drawing");
    if (place === null || !this.isConnected) return;
    this.drawn?.destroy();
    const x = this.days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1_000);
    const data = [x, ...this.lines.map((line) => line.values)] as uPlot.AlignedData;
    this.drawn = new Plot(this.options(place.clientWidth || 320, Plot), data, place);
  }

  private options(width: number, Plot: typeof uPlot): uPlot.Options {
    const [ink, grid] = [colour("--soft"), colour("--line")];
    const tag = this.locale === "zh" ? "zh-CN" : "en-GB";
    const name = new Intl.DateTimeFormat(tag, { month: "numeric", day: "numeric", timeZone: "UTC" });
    const axis = { stroke: ink, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return {
      width,
      height: HEIGHT,
      tzDate: (ts) => Plot.tzDate(new Date(ts * 1_000), "Etc/UTC"),
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, incrs: [1, 2, 5, 7, 14, 28].map((n) => n * DAY_S), space: 48, values: (_, at) => at.map((s) => name.format(s * 1_000)) },
        { ...axis, size: 54 },
      ],
      series: [{}, ...this.lines.map((line, i) => this.series(line, i))],
    };
  }

  private series(line: Line, index: number): uPlot.Series {
    const { colour: name, dash } = this.stroke(line, index);
    const points = { show: line.standard !== true, size: 6 };
    return { label: line.label, stroke: colour(name), width: line.standard === true ? 1.5 : 2, dash, spanGaps: line.standard === true, points };
  }
}
