// The chart: one row for each order, its axes moved together.

import { curves, hasError, rows } from "./curves.js";
import { limits, reachesOutside } from "./range.js";

const chart = document.getElementById("chart");

const MARGIN = { r: 10, t: 26, b: 48 };
// Between rows there is room for the name of the lower one.
const GAP = 30;
// How high a row is, on screens of any height; and on paper, where all rows have so much.
const ROW = { least: 130, most: 205, around: 360 };
const PAPER = { most: 135, all: 620 };

// So many points hide what lies among them, unless they are pale.
const MANY = 150;

const printing = matchMedia("print");

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// A finger scrolls the page and moves the cursor; the buttons move the range.
export const coarse = matchMedia("(pointer: coarse)");

let last = null;
let listening = false;
let dragged = () => {};
let drawn = () => {};

export function onDrag(listener) {
  dragged = listener;
}

// Whenever the same is drawn at another size.
export function onDrawn(listener) {
  drawn = listener;
}

// How many points a curve needs to look smooth: two for each pixel of its width.
export const resolution = () => 2 * Math.max(320, chart.clientWidth) + 1;

// Where things are: the part of the chart in which x runs, and the rows, in pixels.
export function geometry() {
  const left = leftMargin();
  return { left, width: chart.clientWidth - left - MARGIN.r, rows: last ? placed(rowsOf(last)) : [] };
}

const leftMargin = () => (chart.clientWidth < 600 ? 58 : 72);

function rowsOf({ answers, error, name }) {
  const orders = [...new Set(answers.flatMap((answer) => Object.keys(answer.derivatives)))];
  return rows(orders.map(Number), name, (order) => error && hasError(answers, order));
}

function unit(found) {
  const most = Math.min(ROW.most, Math.max(ROW.least, (innerHeight - ROW.around) / 3));
  if (!printing.matches) return most;
  return Math.min(PAPER.most, (PAPER.all - GAP * found.length) / found.reduce((sum, row) => sum + row.height, 0));
}

function placed(found) {
  const height = unit(found);
  let top = MARGIN.t;
  return found.map((row) => {
    const at = { ...row, top, bottom: top + row.height * height };
    top = at.bottom + GAP;
    return at;
  });
}

// What to draw: { answers, range, domain, truth, error, samples, title, name }, where name tells what an order is called.
export function draw(picture) {
  last = picture;
  const found = placed(rowsOf(picture));
  const bottom = found.at(-1).bottom;
  const height = bottom + MARGIN.b;
  chart.style.height = `${height}px`;
  const traces = found.flatMap((row, index) => curves(row, picture).map((curve) => trace(curve, index, row)));
  Plotly.react(chart, traces, arrangement(picture, found, height), { displaylogo: false, displayModeBar: false, doubleClick: false, showAxisDragHandles: false });
  if (!listening) listen();
  listening = true;
}

// Again as it was, in other colours or at another width.
export function redraw() {
  if (!last) return;
  draw(last);
  drawn();
}

const axis = (index) => (index === 0 ? "y" : `y${index + 1}`);
const axisOf = (index) => (index === 0 ? "yaxis" : `yaxis${index + 1}`);

function trace({ x, y, colour: name, dash, width, filled, gaps, isPoints, errors, name: said }, index, { order, isError }) {
  const common = { x, y, name: said, meta: { order, isError: Boolean(isError) }, yaxis: axis(index), hoverinfo: "skip" };
  if (isPoints) {
    const ink = x.length > MANY ? `${colour(name)}70` : colour(name);
    return { ...common, mode: "markers", marker: { color: ink, size: 4 }, ...(errors ? { error_y: bars(errors, ink) } : {}) };
  }
  return {
    ...common, mode: "lines", connectgaps: Boolean(gaps),
    line: { color: colour(name), width, dash: dash ?? "solid", simplify: false },
    ...(filled ? { fill: "tonexty", fillcolor: faint(colour(name)) } : {}),
  };
}

const bars = (array, color) => ({ type: "data", array, color, thickness: 1, width: 0 });

export const faint = (hex) => `${hex}38`;

function arrangement({ range, domain, title }, found, height) {
  const [text, quiet] = [colour("text"), colour("quiet")];
  const inner = height - MARGIN.t - MARGIN.b;
  const grid = { gridcolor: colour("grid"), zerolinecolor: colour("zero"), zerolinewidth: 1, showline: false, tickfont: { color: quiet, size: 12 } };
  const [minallowed, maxallowed] = limits(domain);
  const layout = {
    height, width: chart.clientWidth, margin: { l: leftMargin(), ...MARGIN }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: text, size: 13, family: getComputedStyle(document.body).fontFamily }, showlegend: false, hovermode: false,
    dragmode: coarse.matches ? false : "pan",
    xaxis: { ...grid, range: [...range], ticks: "outside", ticklen: 7, tickcolor: "rgba(0,0,0,0)", minallowed, maxallowed, title: { text: title, standoff: 8 }, anchor: axis(found.length - 1), nticks: chart.clientWidth < 600 ? 6 : 12 },
    shapes: outside(range, domain),
    annotations: found.map((row) => heading(row, inner)),
  };
  const fraction = (pixel) => 1 - (pixel - MARGIN.t) / inner;
  found.forEach((row, index) => {
    layout[axisOf(index)] = {
      ...grid, domain: [Math.max(0, fraction(row.bottom)), Math.min(1, fraction(row.top))], fixedrange: true, exponentformat: "power", automargin: false,
      nticks: row.isError ? 3 : 6, ...(row.isError ? { type: "log", tickfont: { ...grid.tickfont, size: 10 } } : {}),
    };
  });
  return layout;
}

// The name of a row, above it.
function heading({ title, top, isError }, inner) {
  return {
    text: isError ? title : `<b>${title}</b>`, x: 0, xref: "paper", xanchor: "left", y: 1 - (top - MARGIN.t) / inner, yref: "paper", yanchor: "bottom",
    showarrow: false, font: { size: isError ? 12 : 15, color: colour(isError ? "quiet" : "text") },
  };
}

// What lies outside the domain is shaded; where nothing of it is visible, nothing is.
function outside(range, domain) {
  if (!reachesOutside(range, domain)) return [];
  const [least, most] = limits(domain);
  const common = { type: "rect", xref: "x", yref: "paper", y0: 0, y1: 1, layer: "below", fillcolor: colour("outside"), line: { width: 0 } };
  return [{ ...common, x0: least, x1: domain[0] }, { ...common, x0: domain[1], x1: most }];
}

function listen() {
  chart.on("plotly_relayout", (change) => {
    const range = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] !== undefined) dragged(range.map(Number));
  });
  onRedraw(chart, redraw);
}

// Whenever a place has another width, or all of the page other colours.
export function onRedraw(place, again) {
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    again();
  }).observe(place);
  for (const query of [matchMedia("(prefers-color-scheme: dark)"), printing, coarse]) query.addEventListener("change", again);
}

// Where a value of a row is, in pixels from the top; null where it is not in the picture.
export function height(value, index) {
  const row = geometry().rows[index];
  const [low, high] = chart.layout[axisOf(index)].range ?? [NaN, NaN];
  const part = ((row.isError ? Math.log10(value) : value) - low) / (high - low);
  return value === null || !(part >= 0 && part <= 1) ? null : row.bottom - part * (row.bottom - row.top);
}
