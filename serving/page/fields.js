// Functions of several variables: cuts through a point that moves, a map of two variables, and the numbers at the point.

import { attempt, element, latest, option, show } from "./api.js";
import { onRedraw } from "./chart.js";
import { arrange, draw, onMove } from "./cuts.js";
import { DEVIATIONS } from "./curves.js";
import { cutsOf, mapOf } from "./field_questions.js";
import { errorsName, fieldErrors, formula, interval } from "./format.js";
import { arrangeSliders, onSlide, showNumbers, showPoint, within } from "./point.js";
import { link } from "./runs.js";
import { readView, writeView } from "./view.js";

const byId = (id) => document.getElementById(id);
const [section, picker, output, stage] = ["fields", "field", "output", "field-stage"].map(byId);

const asking = latest();

let fields = [];
let model = null;
let point = [];
let picture = null;
let [isAsking, isStale] = [false, false];

const center = () => model.domain.map((ends) => within((ends[0] + ends[1]) / 2, ends));

async function choose(view = {}) {
  model = fields.find(({ name }) => name === picker.value);
  output.replaceChildren(...model.outputs.map((name, index) => option(index, formula(name))));
  output.value = Math.max(0, model.outputs.indexOf(view.output));
  output.closest("label").hidden = model.outputs.length === 1;
  point = pointOf(view.at) ?? center();
  describe();
  arrange(model);
  arrangeSliders(model);
  await refresh();
}

// The point that an address names, if it is one of the domain's dimension.
function pointOf(text) {
  const numbers = (text ?? "").split(",").map((part) => (part ? Number(part) : NaN));
  const isOne = numbers.length === model.domain.length && numbers.every(Number.isFinite);
  return isOne ? numbers.map((value, index) => within(value, model.domain[index])) : null;
}

function describe() {
  byId("fields-title").textContent = formula(model.target);
  const errors = fieldErrors(model);
  const where = model.variables.map((name, index) => `${name} in ${interval(model.domain[index])}`).join(", ");
  byId("field-facts").textContent = `${where}, ${model.activation} units${errors ? `; ${errorsName(model)} ${errors}` : ""}`;
  byId("field-warnings").replaceChildren(...model.warnings.map((text) => element("li", { textContent: text })));
  byId("field-band").hidden = !model.bands;
  byId("field-band-text").textContent = `± ${DEVIATIONS} σ (95 %)`;
  link(byId("field-run"), model.run_url);
}

// What is at the point; while it is asked for the point may move on, and is asked for again.
async function refresh() {
  showPoint(point);
  isStale = true;
  if (isAsking) return;
  isAsking = true;
  stage.ariaBusy = "true";
  try {
    while (isStale) {
      isStale = false;
      await attempt(drawAt);
    }
  } finally {
    isAsking = false;
    stage.ariaBusy = "false";
  }
}

async function drawAt() {
  const [asked, signal] = [model, asking()];
  const at = [...point];
  const [found, grid] = await Promise.all([cutsOf(asked, at, signal), asked.domain.length === 2 ? mapOf(asked, signal) : null]);
  if (asked !== model) return;
  picture = { model, output: Number(output.value), point: at, found, grid };
  redraw();
}

function redraw() {
  if (!picture) return;
  draw(picture);
  showNumbers(picture.found.at, picture.model, picture.output);
}

function move(changes) {
  for (const [index, value] of changes) point[index] = within(value, model.domain[index]);
  remember();
  return refresh();
}

function remember() {
  const isCenter = center().every((value, index) => value === point[index]);
  writeView({ field: model.name, output: output.value === "0" ? "" : model.outputs[Number(output.value)], at: isCenter ? "" : point.join(",") });
}

export async function startFields(found) {
  fields = found;
  const view = readView();
  if (fields.some(({ name }) => name === view.field)) picker.value = view.field;
  else if (view.field) show(byId("field-elsewhere"), `${view.field} is not served; this is another function.`);
  picker.addEventListener("change", async () => {
    await choose();
    remember();
  });
  output.addEventListener("change", () => {
    remember();
    refresh();
  });
  onMove(move);
  onSlide(move);
  onRedraw(byId("cuts"), redraw);
  await choose(view);
  if (view.field) section.scrollIntoView();
}
