import type { BusLoadSeries } from "./bus_load_log.ts";
import { formatTick, timeTicks } from "./time_axis.ts";
import { escapeMarkup } from "./_markup.ts";

const WIDTH = 1000;
const HEIGHT = 90;
const LEFT = 46;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;

/**
 * Draws how loaded a bus was over time, in percent.
 *
 * @param series The bus.
 * @param view The borders, in ms.
 * @returns An SVG element.
 */
export function svgBusLoad(
  series: BusLoadSeries,
  view: { readonly startMs: number; readonly endMs: number },
): string {
  const { startMs, endMs } = view;
  const plotWidth = WIDTH - LEFT - RIGHT;
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const toX = (ms: number): number =>
    LEFT + plotWidth * Math.min(1, Math.max(0, (ms - startMs) / Math.max(1, endMs - startMs)));
  const toY = (load: number): number => TOP + plotHeight * (1 - load);
  let line = "";
  for (const { atMs, durationMs, load } of series.points) {
    const y = round(toY(load));
    line += `${line === "" ? "M" : "L"}${round(toX(atMs - durationMs))} ${y}H${round(toX(atMs))}`;
  }
  const first = series.points[0];
  const last = series.points.at(-1);
  const area = first === undefined || last === undefined
    ? ""
    : `${line}V${toY(0)}H${round(toX(first.atMs - first.durationMs))}z`;
  const grid = [0, 0.5, 1].map((load) =>
    `<path class="grid" d="M${LEFT} ${toY(load)}H${WIDTH - RIGHT}"/>` +
    `<text class="tick end" x="${LEFT - 6}" y="${toY(load) + 4}">${load * 100} %</text>`
  );
  const ticks = timeTicks(endMs - startMs, 10).map((ms) =>
    `<text class="tick" x="${round(toX(startMs + ms))}" y="${HEIGHT - 4}">${formatTick(ms)}</text>`
  );
  const label = escapeMarkup(`Load of bus ${series.bus} over time: ${meanWords(series)}`);
  return `<svg class="load" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">` +
    `${grid.join("")}${ticks.join("")}<path class="area" d="${area}"/>` +
    `<path class="line" d="${line}"/></svg>`;
}

/**
 * Sums a series up.
 *
 * @param series The bus.
 * @returns Mean and highest load, in words.
 */
export function meanWords(series: BusLoadSeries): string {
  let busyMs = 0;
  let totalMs = 0;
  let highest = 0;
  for (const { durationMs, load } of series.points) {
    busyMs += durationMs * load;
    totalMs += durationMs;
    highest = Math.max(highest, load);
  }
  const mean = totalMs > 0 ? busyMs / totalMs : 0;
  return `${Math.round(mean * 100)} % on average, ${Math.round(highest * 100)} % at most`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
