import { html, svg, type TemplateResult } from "lit";
import type { Texts } from "./texts/index";
import type { Point, Trip } from "./wire";

const WIDTH = 340;
const HEIGHT = 210;
const MARGIN = 22;
/** Metres in one degree of latitude (mean; WGS 84 gives 110,574 to 111,694). */
const METRES_PER_DEGREE = 111_320;

export interface Projection {
  at(point: Point): [number, number];
  /** metres in one pixel */
  scale: number;
}

/**
 * Puts points [latitude, longitude] into a frame of `width` × `height` pixels, north up, with equal scale both ways at the
 * points' middle latitude. Null without points.
 */
export function project(points: Point[], width = WIDTH, height = HEIGHT, margin = MARGIN): Projection | null {
  if (points.length === 0) return null;
  const lats = points.map(([lat]) => lat);
  const lngs = points.map(([, lng]) => lng);
  const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lngs), Math.max(...lngs)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const [across, up] = [Math.max((east - west) * squeeze, 1e-4), Math.max(north - south, 1e-4)];
  const perDegree = Math.min((width - 2 * margin) / across, (height - 2 * margin) / up);
  const [x0, y0] = [(width - across * perDegree) / 2, (height - up * perDegree) / 2];
  return {
    at: ([lat, lng]) => [x0 + (lng - west) * squeeze * perDegree, y0 + (north - lat) * perDegree],
    scale: METRES_PER_DEGREE / perDegree,
  };
}

/** The longest round distance, in metres, that takes at most 90 pixels. */
export function bar(scale: number): number {
  const most = scale * 90;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((n) => n * power <= most) ?? 1) * power;
}

function line(points: Point[], view: Projection): string {
  return points.map((p) => view.at(p).map((n) => n.toFixed(1)).join(",")).join(" ");
}

/** Marks nearer than this to each other, in pixels, would write their names over one another. */
const APART = 24;

function mark(point: Point | undefined, view: Projection, kind: string, label: string, others: (Point | undefined)[] = []): TemplateResult | null {
  if (point === undefined) return null;
  const [x, y] = view.at(point);
  const crowded = others.some((other) => other !== undefined && Math.hypot(view.at(other)[0] - x, view.at(other)[1] - y) < APART);
  const left = x > WIDTH * 0.6;
  return svg`<g class=${kind} transform="translate(${x} ${y})">
    ${kind === "vehicle" ? svg`<circle r="9"></circle><circle class="core" r="4"></circle>` : svg`<rect x="-5" y="-5" width="10" height="10"></rect>`}
    <text x=${left ? -12 : 12} y=${crowded ? 20 : 4} text-anchor=${left ? "end" : "start"}>${label}</text>
  </g>`;
}

/** The trip as a drawing: planned line dashed, driven line solid, both ends and the last position named. */
export function tripMap(trip: Trip, t: Texts): TemplateResult {
  const [planned, driven] = [trip.planned ?? [], trip.driven ?? []];
  const position: Point | undefined = trip.position == null ? undefined : [trip.position.lat, trip.position.lng];
  const [start, end] = [planned[0] ?? driven[0], planned.at(-1)];
  // The scale keeps the lowest line to itself.
  const view = project([...planned, ...driven, ...(position ? [position] : [])], WIDTH, HEIGHT - 16);
  if (view === null) return html``;
  const metres = bar(view.scale);
  const length = metres / view.scale;
  return html`<svg class="map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${t.map}>
    ${svg`<polyline class="planned" points=${line(planned, view)}></polyline>
      <polyline class="driven" points=${line(driven, view)}></polyline>
      ${mark(start, view, "end", t.pickup)}
      ${mark(end, view, "end", t.destination)}
      ${mark(position, view, "vehicle", t.vehicle, [start, end])}
      <g class="bar" transform="translate(10 ${HEIGHT - 10})">
        <path d="M0 -4 V0 H${length} V-4"></path>
        <text x=${length + 6} y="0">${metres >= 1000 ? `${metres / 1000} km` : `${metres} m`}</text>
      </g>
      <g class="key" transform="translate(10 16)">
        <path class="driven" d="M0 -4 H18"></path><text x="23">${t.driven}</text>
        <path class="planned" d="M70 -4 H88"></path><text x="93">${t.planned}</text>
      </g>`}
  </svg>`;
}
