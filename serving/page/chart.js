// The chart: one row for each order, its axes moved together; below, if wanted, the errors.

const chart = document.getElementById("chart");
const NAMES = ["f", "f′", "f″"];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

let drawn = false;
let hovered = () => {};
let ranged = () => {};

export function onHover(listener) {
  hovered = listener;
}

export function onRange(listener) {
  ranged = listener;
}

export function draw({ answers, range, domain, error }) {
  const orders = Object.keys(answers[0].derivatives).map(Number);
  const withError = error && Boolean(answers[0].truth);
  const rows = orders.length + (withError ? 1 : 0);
  chart.classList.toggle("tall", withError);
  const traces = orders.flatMap((order, row) => curves(answers, order, row));
  if (withError) traces.push(...orders.map((order) => errorCurve(answers[0], order, rows - 1)));
  const layout = arrangement(orders, rows, range, domain, withError);
  Plotly.react(chart, traces, layout, { displaylogo: false, responsive: true, scrollZoom: true, displayModeBar: false });
  if (!drawn) listen();
  drawn = true;
}

const axis = (row) => (row === 0 ? "y" : `y${row + 1}`);

function curves(answers, order, row) {
  const first = answers[0];
  const made = answers.map((answer, index) => ({
    ...line(answer.x, answer.derivatives[order], row, index ? "other" : "fit", index ? "dash" : "solid"),
    ...named(`version ${answer.model.version}`, row), order,
  }));
  if (first.truth?.[order]) {
    made.push({ ...line(first.x, first.truth[order], row, "known", "dot"), ...named("truth", row), order });
  }
  return made;
}

// The legend has each kind of curve once, and shows or hides it in every row.
function named(name, row) {
  return { name, legendgroup: name, showlegend: row === 0 };
}

function errorCurve(answer, order, row) {
  const truth = answer.truth[order];
  // Beyond the domain the truth is not known, and an error of exactly zero has no logarithm.
  const error = answer.derivatives[order].map((value, i) => (truth[i] === null ? null : Math.abs(value - truth[i]) || null));
  const [name, style] = [["fit", "solid"], ["other", "dash"], ["known", "dot"]][order];
  return { ...line(answer.x, error, row, name, style), name: `error of ${NAMES[order]}`, connectgaps: true };
}

function line(x, y, row, name, dash) {
  return {
    x, y, yaxis: axis(row), mode: "lines", line: { color: colour(name), width: 2, dash },
    hovertemplate: "%{y:.8g}<extra>%{fullData.name}</extra>",
  };
}

function arrangement(orders, rows, range, domain, withError) {
  const narrow = chart.clientWidth < 600;
  const text = colour("text");
  const grid = { gridcolor: colour("line"), gridwidth: 0.5, zerolinecolor: colour("line"), linecolor: colour("line") };
  const layout = {
    height: chart.clientHeight, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: text, size: 13 },
    margin: { l: narrow ? 48 : 64, r: 8, t: 8, b: 90 }, hovermode: "x", dragmode: "pan", showlegend: true,
    legend: { orientation: "h", y: -0.06, yanchor: "top" },
    hoverlabel: { bgcolor: colour("panel"), font: { color: text } },
    xaxis: { ...grid, range: [...range], title: { text: "x" }, anchor: axis(rows - 1), showspikes: true, spikethickness: 1 },
    shapes: [{
      type: "rect", xref: "x", yref: "paper", x0: domain[0], x1: domain[1], y0: 0, y1: 1, layer: "below",
      fillcolor: colour("shade"), line: { color: colour("line"), width: 1, dash: "dot" },
    }],
  };
  for (let row = 0; row < rows; row += 1) {
    const isError = withError && row === rows - 1;
    layout[row ? `yaxis${row + 1}` : "yaxis"] = {
      ...grid, domain: [1 - (row + 0.93) / rows, 1 - row / rows], fixedrange: true, exponentformat: "power",
      title: { text: isError ? "error" : NAMES[orders[row]] }, type: isError ? "log" : "linear",
    };
  }
  return layout;
}

const label = (trace) => (trace.order === undefined ? trace.name : `${NAMES[trace.order]} (${trace.name})`);

function listen() {
  let waiting;
  chart.on("plotly_relayout", (change) => {
    const range = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (change["xaxis.autorange"]) ranged(null);
    if (range[0] === undefined) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ranged(range.map(Number)), 120);
  });
  chart.on("plotly_hover", ({ points }) => hovered(points[0].x, points.map((point) => [label(point.data), point.y])));
}
