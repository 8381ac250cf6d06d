// A function, its versions, and the part of it that is visible.

import { ask, attempt, option } from "./api.js";
import { draw, onHover, onRange } from "./chart.js";

const POINTS = 801;
// Around the domain, so that extrapolation is seen to be that.
const MARGIN = 0.1;

const byId = (id) => document.getElementById(id);
const [picker, version, other] = [byId("function"), byId("version"), byId("other")];

let functions = [];
let range = [0, 1];
let asking = new AbortController();

const chosen = () => functions.find((model) => model.name === picker.value);

function wholeDomain() {
  const [low, high] = chosen().domain;
  const margin = MARGIN * (high - low);
  return [low - margin, high + margin];
}

async function evaluate(number, signal) {
  const model = chosen();
  const orders = model.orders.filter((order) => order <= 2);
  const query = new URLSearchParams({ linspace: [...range, POINTS].join(","), version: number });
  orders.forEach((order) => query.append("order", order));
  if (model.truth_orders.length && byId("truth").checked) query.append("truth", "true");
  return ask(`functions/${encodeURIComponent(model.name)}/evaluate?${query}`, { signal });
}

// Ask anew at the visible range; only the latest question is answered.
async function refresh() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const numbers = [version.value, other.value].filter(Boolean);
  const answers = await Promise.all(numbers.map((number) => evaluate(number, signal)));
  byId("range").textContent = range.map((end) => numeral(end, range)).join(" to ");
  byId("warnings").replaceChildren(...warnings(answers));
  draw({ answers, range, domain: chosen().domain, error: byId("error").checked });
}

function warnings(answers) {
  const said = answers.flatMap((answer) => answer.warnings.map((text) => `version ${answer.model.version}: ${text}`));
  return said.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  });
}

// An end of a range, to a thousandth of its width, and at least six digits.
function numeral(value, [low, high]) {
  const spare = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low));
  const digits = Math.min(17, Math.max(6, 4 + Math.ceil(spare)));
  return Number(value.toPrecision(digits || 6)).toString();
}

async function choose() {
  const model = chosen();
  const registered = await ask(`models/${encodeURIComponent(model.name)}/versions`).catch(() => [model]);
  const label = (entry) => [`${entry.version}`, ...(entry.aliases ?? [])].join(", ");
  const served = registered.some((entry) => entry.version === model.version) ? registered : [model, ...registered];
  version.replaceChildren(...served.map((entry) => option(entry.version, label(entry))));
  other.replaceChildren(option("", "none"), ...served.map((entry) => option(entry.version, label(entry))));
  version.value = model.version;
  version.runs = Object.fromEntries(served.map((entry) => [entry.version, entry.run_url]));
  byId("truth").disabled = model.truth_orders.length === 0;
  byId("truth-stored").textContent = model.truth_orders.length ? "" : "(not stored)";
  byId("facts").textContent = `${model.target} on [${model.domain.join(", ")}], ${model.activation}; relative errors ${errors(model)}`;
  link();
  range = wholeDomain();
  await refresh();
}

const NAMES = { d0: "f", d1: "f′", d2: "f″" };
const errors = (model) =>
  Object.entries(NAMES)
    .filter(([key]) => Number.isFinite(model.errors[key]))
    .map(([key, name]) => `${name} ${model.errors[key].toExponential(1)}`)
    .join(", ");

function link() {
  const url = version.runs[version.value];
  byId("run").hidden = !url;
  if (url) byId("run").href = url;
}

const KEYS = { ArrowLeft: "left", ArrowRight: "right", "+": "in", "=": "in", "-": "out", 0: "all" };

function move(where) {
  const [low, high] = range;
  const width = high - low;
  const moved = {
    left: [low - width / 4, high - width / 4],
    right: [low + width / 4, high + width / 4],
    in: [low + width / 4, high - width / 4],
    out: [low - width / 2, high + width / 2],
    all: wholeDomain(),
  };
  range = moved[where];
  attempt(refresh);
}

function read(x, values) {
  const said = values.map(([name, value]) => `${name} = ${value === null ? "unknown" : value}`);
  byId("reading").textContent = [`x = ${x}`, ...said].join("   ");
}

export async function startFunctions(found) {
  functions = found;
  picker.addEventListener("change", () => attempt(choose));
  version.addEventListener("change", () => attempt(() => (link(), refresh())));
  for (const id of ["other", "truth", "error"]) byId(id).addEventListener("change", () => attempt(refresh));
  document.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => move(button.dataset.move)));
  byId("chart").addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(KEYS[event.key]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => attempt(refresh));
  onRange((to) => {
    range = to ?? wholeDomain();
    attempt(refresh);
  });
  await choose();
  onHover(read);
}
