// Pictures of a function of several variables: cuts along each variable, and a map of two. A pointer moves the point.

import { element } from "./api.js";
import { colour, faint } from "./chart.js";
import { bandOf } from "./curves.js";

const place = document.getElementById("cuts");
const map = document.getElementById("map");

const MARGIN = { l: 58, r: 12, t: 28, b: 40 };
const HEIGHT = 190;
const CONFIG = { displaylogo: false, displayModeBar: false, doubleClick: false, staticPlot: true };

let panels = [];
let moved = () => {};

// What a pointer says: which variables are to have which values.
export function onMove(listener) {
  moved = listener;
}

// As many pairs of panels as there are variables: the value along one, and the derivative by it.
export function arrange(model) {
  panels.forEach(({ chart }) => Plotly.purge(chart));
  const kinds = model.order ? ["value", "slope"] : ["value"];
  panels = model.variables.flatMap((_, index) => kinds.map((kind) => panel(model, index, kind)));
  place.replaceChildren(...panels.map(({ chart }) => chart));
}

function panel(model, index, kind) {
  const chart = element("div", { className: "cut" });
  chart.role = "img";
  const axis = { index, ends: model.domain[index], size: () => chart.clientWidth - MARGIN.l - MARGIN.r, start: MARGIN.l };
  follow(chart, (event, box) => [[index, valueAt(axis, event.clientX - box.left)]]);
  return { chart, index, kind };
}

function valueAt({ ends: [low, high], size, start }, pixel) {
  const part = Math.min(1, Math.max(0, (pixel - start) / size()));
  return low + part * (high - low);
}

function follow(chart, read) {
  const tell = (event) => moved(read(event, chart.getBoundingClientRect()));
  chart.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") chart.setPointerCapture(event.pointerId);
    tell(event);
  });
  chart.addEventListener("pointermove", (event) => event.buttons && event.pointerType !== "touch" && tell(event));
}

// An output that is an expression is called f; the heading and the choice of outputs have it whole.
export const called = (output) => (/^[\p{L}\p{N}_ .]{1,24}$/u.test(output) ? output : "f");

const partial = (output, variable) => `∂${output}/∂${variable}`;

// What to draw: { model, output, point, found, grid }, of which grid is there for two variables.
export function draw(picture) {
  const { model, output, point, found } = picture;
  const range = common(found.cuts, output);
  for (const { chart, index, kind } of panels) {
    const [name, variable] = [called(model.outputs[output]), model.variables[index]];
    const title = kind === "value" ? name : partial(name, variable);
    chart.ariaLabel = `${title} along ${variable}`;
    const { x, [kind]: values, [kind === "value" ? "deviation" : "slopeDeviation"]: deviations } = found.cuts[index];
    const y = values.map((outputs) => outputs[output]);
    const band = deviations ? bandOf(y, deviations.map((outputs) => outputs[output])) : [];
    const line = { x, y, mode: "lines", line: { color: colour("fit"), width: 2.25, simplify: false }, name: title };
    Plotly.react(chart, [...band.map((edge, i) => shade(x, edge, i)), line, dot(point[index], at(found.at, kind, output, index))], layout(chart, title, variable, model.domain[index], point[index], kind === "value" ? range : null), CONFIG);
  }
  map.hidden = !picture.grid;
  if (picture.grid) drawMap(picture);
}

const at = ({ value, gradient }, kind, output, index) => (kind === "value" ? value[output] : gradient[output][index]);

const shade = (x, y, i) => ({ x, y, mode: "lines", line: { width: 0, color: colour("fit") }, name: "band", ...(i ? { fill: "tonexty", fillcolor: faint(colour("fit")) } : {}) });

const dot = (x, y) => ({ x: [x], y: [y], mode: "markers", name: "point", marker: { color: colour("fit"), size: 10, line: { color: colour("back"), width: 2 } } });

// All values have one range: which variable matters is seen at once.
function common(cuts, output) {
  const all = cuts.flatMap(({ value, deviation }) => value.flatMap((outputs, i) => {
    const y = outputs[output];
    const edges = deviation ? bandOf([y], [deviation[i][output]]).flat() : [y];
    return edges.filter(Number.isFinite);
  }));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const spare = 0.06 * (high - low) || 1;
  return all.length ? [low - spare, high + spare] : null;
}

function base(chart, height, title) {
  return {
    height, width: chart.clientWidth, margin: MARGIN, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
    font: { color: colour("text"), size: 13, family: getComputedStyle(document.body).fontFamily },
    annotations: [{ text: `<b>${title}</b>`, x: 0, xref: "paper", xanchor: "left", y: 1, yref: "paper", yanchor: "bottom", yshift: 2, showarrow: false, font: { size: 14 } }],
  };
}

function layout(chart, title, variable, ends, x, range) {
  const grid = { gridcolor: colour("grid"), zerolinecolor: colour("zero"), zerolinewidth: 1, tickfont: { color: colour("quiet"), size: 12 } };
  return {
    ...base(chart, HEIGHT, title),
    xaxis: { ...grid, range: [...ends], title: { text: variable, standoff: 4 }, nticks: 6 },
    yaxis: { ...grid, exponentformat: "power", nticks: 5, ...(range ? { range } : {}) },
    shapes: [{ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", line: { color: colour("text"), width: 1 }, opacity: 0.65 }],
  };
}

function drawMap({ model, output, point, grid }) {
  const [first, second] = model.variables;
  const [x, y] = model.domain;
  const name = called(model.outputs[output]);
  map.ariaLabel = `${name} over ${first} and ${second}`;
  const axis = { tickfont: { color: colour("quiet"), size: 12 }, showgrid: false, zeroline: false, ticks: "outside", tickcolor: colour("line") };
  const height = Math.min(380, Math.max(260, 0.6 * map.clientWidth));
  const z = grid.rows.map((row) => row.map((outputs) => outputs[output]));
  const traces = [
    { type: "heatmap", x: grid.x, y: grid.y, z, colorscale: "Cividis", zsmooth: "best", name, colorbar: { thickness: 12, outlinewidth: 0, exponentformat: "power", tickfont: { color: colour("quiet"), size: 12 } } },
    { x: [point[0]], y: [point[1]], mode: "markers", name: "point", marker: { size: 13, color: "#ffffff", line: { color: "#000000", width: 2.5 } } },
  ];
  Plotly.react(map, traces, { ...base(map, height, name), xaxis: { ...axis, range: [...x], title: { text: first, standoff: 4 } }, yaxis: { ...axis, range: [...y], title: { text: second, standoff: 4 } }, margin: { ...MARGIN, r: 8 } }, CONFIG);
}

// Where the map's axes lie depends on its colour bar: Plotly knows.
follow(map, (event, box) => {
  const { _size: size } = map._fullLayout;
  const axes = [
    { ends: map.layout.xaxis.range, size: () => size.w, start: size.l },
    { ends: [...map.layout.yaxis.range].reverse(), size: () => size.h, start: size.t },
  ];
  return [[0, valueAt(axes[0], event.clientX - box.left)], [1, valueAt(axes[1], event.clientY - box.top)]];
});
