// A function, its versions, and the part of it that is visible.

import { attempt, element, latest, option, show } from "./api.js";
import { draw, onDrag, onDrawn, resolution } from "./chart.js";
import { showCursor, showDots, startCursor } from "./cursor.js";
import { kinds } from "./curves.js";
import { derivative, derivativeOf, domain, errors, errorsName, formula, numeral, origin, rounded, variable } from "./format.js";
import { curvesOf, samplesOf, valuesOf, versionsOf } from "./questions.js";
import { clamp, limits, moved, reachesOutside, zoomed } from "./range.js";
import { onPlace, showPlace, showValues } from "./reading.js";
import { link } from "./runs.js";
import { readRange, readView, writeView } from "./view.js";

const byId = (id) => document.getElementById(id);
const [picker, version, other, truth, error, data] = ["function", "version", "other", "truth", "error", "data"].map(byId);

const asking = latest();

let functions = [];
let model = null;
let pending = 0;
let range = [0, 1];
let x = 0;
let runs = {};
let values = [];
let [isReading, isStale] = [false, false];

const shown = () => [version.value, other.value].filter(Boolean);
const name = (order) => derivativeOf(model, order);
const wantsTruth = () => model.truth_orders.length > 0 && (truth.checked || error.checked);

// Ask anew at the visible range; only the latest question is answered.
async function refresh() {
  const signal = asking();
  byId("stage").classList.toggle("compared", Boolean(other.value));
  const asked = { range, points: resolution(), truth: wantsTruth() };
  const [known, ...answers] = await Promise.all([samplesOf(model, version.value, signal), ...shown().map((number) => curvesOf(model, number, asked, signal))]);
  data.closest("label").hidden = known.x.length === 0;
  const samples = data.checked && known.x.length ? known : null;
  const outside = reachesOutside(range, model.domain);
  const picture = { answers, range, domain: model.domain, truth: truth.checked, error: error.checked, samples, title: `${variable(model)}${origin(model)}`, name };
  draw(picture);
  byId("legend").replaceChildren(...kinds({ ...picture, outside }).map(key));
  byId("warnings").replaceChildren(...warnings(answers).map((text) => element("li", { textContent: text })));
  byId("range").textContent = range.map((end) => numeral(end, range).replace("-", "−")).join(" to ");
  remember();
  await read();
}

function key({ colour: name, kind, text }) {
  const line = element("span", { className: `key ${kind}` });
  line.setAttribute("aria-hidden", "true");
  Object.assign(line.style, ["band", "outside", "points"].includes(kind) ? { background: `var(--${name})` } : { borderColor: `var(--${name})` });
  return element("li", {}, line, text);
}

// Shading and switch say what is extrapolated and whether the truth is known; the rest speaks against the fit.
function warnings(answers) {
  const several = answers.length > 1;
  return answers.flatMap((answer) =>
    answer.warnings.filter((text) => !/^(extrapolation|truth):/.test(text)).map((text) => (several ? `version ${answer.model.version}: ${text}` : text)),
  );
}

// The values at the cursor; while they are asked for it may move on, and is asked for again.
async function read() {
  showPlace(x);
  showCursor(range, x);
  isStale = true;
  if (isReading) return;
  isReading = true;
  try {
    for (; isStale; await readAt(x)) isStale = false;
  } finally {
    isReading = false;
  }
}

async function readAt(at) {
  const answers = await Promise.all(shown().map((number) => valuesOf(model, number, { x: at, truth: wantsTruth() })));
  if (isStale) return;
  values = answers;
  showValues(values, truth.checked, name);
  mark();
}

const mark = () => showDots((order) => values.map((answer) => answer.derivatives[order]?.[0] ?? null));

function remember() {
  const isWhole = range.every((end, index) => Math.abs(end - model.domain[index]) < 1e-9 * (range[1] - range[0]));
  const [from, to] = isWhole ? [] : range.map((end) => numeral(end, range));
  writeView({
    function: picker.value, version: Number(version.value) === model.version ? "" : version.value, compare: other.value, from, to, x,
    truth: truth.checked ? "" : "0", error: error.checked ? "1" : "", data: data.checked ? "" : "0",
  });
}

async function choose(view = {}) {
  const wanted = functions.find(({ name }) => name === picker.value);
  const registered = await versionsOf(wanted.name).catch(() => [wanted]);
  // Another may have been chosen in the meantime.
  if (wanted.name !== picker.value) return;
  model = wanted;
  const isListed = registered.some((entry) => entry.version === model.version);
  offer(isListed ? registered : [model, ...registered], view);
  describe();
  range = clamp(readRange(view) ?? model.domain, model.domain);
  const middle = (range[0] + range[1]) / 2;
  x = Number.isFinite(Number(view.x ?? NaN)) ? Number(view.x) : rounded(middle, (range[1] - range[0]) / 1000);
  await refresh();
}

function offer(entries, view) {
  const said = (entry) => (entry.aliases?.length ? `${entry.version} (${entry.aliases.join(", ")})` : `${entry.version}`);
  const numbers = new Set(entries.map((entry) => String(entry.version)));
  version.replaceChildren(...entries.map((entry) => option(entry.version, said(entry))));
  version.value = numbers.has(view.version) ? view.version : model.version;
  other.replaceChildren(option("", "none"), ...entries.map((entry) => option(entry.version, said(entry))));
  other.value = numbers.has(view.compare) ? view.compare : "";
  compareWithOthers();
  runs = Object.fromEntries(entries.map((entry) => [entry.version, entry.run_url]));
  link(byId("run"), runs[version.value]);
}

// A version is not compared with itself.
function compareWithOthers() {
  for (const entry of other.options) entry.hidden = entry.disabled = entry.value === version.value;
  if (other.value === version.value) other.value = "";
}

function describe() {
  const isKnown = model.truth_orders.length > 0;
  byId("functions-title").textContent = formula(model.target);
  byId("variable").textContent = variable(model);
  document.title = `${formula(model.target)} – Derivable`;
  const said = errors(model);
  byId("facts").textContent = `on ${domain(model)}${origin(model)}, ${model.activation} units${said ? `; ${errorsName(model)} ${said}` : ""}`;
  for (const box of [truth, error]) box.disabled = !isKnown;
  if (!isKnown) error.checked = false;
  const isPart = model.orders.some((order) => order <= 2 && !model.truth_orders.includes(order));
  byId("truth-stored").textContent = !isKnown ? "The truth is not known." : isPart ? `Known of ${model.truth_orders.map(derivative).join(", ")} only.` : "";
}

const around = () => (x >= range[0] && x <= range[1] ? x : (range[0] + range[1]) / 2);
const MOVES = {
  left: () => moved(range, -1 / 4),
  right: () => moved(range, 1 / 4),
  in: () => zoomed(range, 1 / 2, around()),
  out: () => zoomed(range, 2, around()),
  all: () => model.domain,
};
const KEYS = { "+": "in", "=": "in", "-": "out", 0: "all" };

// Until all of it is shown, what is shown is busy.
async function busily(what) {
  const stage = byId("stage");
  stage.ariaBusy = String(++pending > 0);
  await attempt(what);
  stage.ariaBusy = String(--pending > 0);
}

function look(to) {
  range = clamp(to, model.domain);
  return busily(refresh);
}

// The cursor goes as far as the range may, and takes it along.
function place(at) {
  const [least, most] = limits(model.domain);
  x = Math.min(most, Math.max(least, at));
  remember();
  const beyond = Math.min(0, x - range[0]) + Math.max(0, x - range[1]);
  if (beyond === 0) return attempt(read);
  const further = beyond + (Math.sign(beyond) * (range[1] - range[0])) / 4;
  return look(range.map((end) => end + further));
}

function startMoving() {
  document.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => look(MOVES[button.dataset.move]())));
  const plot = byId("plot");
  plot.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    look(MOVES[KEYS[event.key]]());
  });
  plot.addEventListener("dblclick", () => look(MOVES.all()));
  // A wheel alone scrolls the page; two fingers on a trackpad come as a wheel with Ctrl.
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    look(zoomed(range, Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200))), around()));
  }, { passive: false });
  onDrag(look);
}

export async function startFunctions(found) {
  [functions, model] = [found, found[0]];
  const view = readView();
  if (functions.some(({ name }) => name === view.function)) picker.value = view.function;
  else if (view.function) show(byId("elsewhere"), `${view.function} is not served; this is another function.`);
  truth.checked = view.truth !== "0";
  error.checked = view.error === "1";
  data.checked = view.data !== "0";
  picker.addEventListener("change", () => busily(() => choose()));
  version.addEventListener("change", () => {
    link(byId("run"), runs[version.value]);
    compareWithOthers();
    busily(refresh);
  });
  for (const box of [other, truth, error, data]) box.addEventListener("change", () => busily(refresh));
  startMoving();
  startCursor(place);
  onPlace(place);
  onDrawn(() => (showCursor(range, x), mark()));
  await choose(view);
}
