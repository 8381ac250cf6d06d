// The point of a function of several variables: a slider and a number for each variable, and what the function is there.

import { element } from "./api.js";
import { DEVIATIONS } from "./curves.js";
import { called } from "./cuts.js";
import { interval, rounded, significant } from "./format.js";

const sliders = document.getElementById("sliders");
const table = document.getElementById("field-values");

// Steps of a slider from end to end.
const STEPS = 200;

let rows = [];
let moved = () => {};

export function onSlide(listener) {
  moved = listener;
}

export const stepOf = ([low, high]) => (high - low) / STEPS;

// A value within the domain, round for its step.
export function within(value, [low, high]) {
  return Math.min(high, Math.max(low, rounded(value, stepOf([low, high]))));
}

export function arrangeSliders(model) {
  rows = model.variables.map((variable, index) => row(variable, model.domain[index], index));
  sliders.replaceChildren(...rows.map(({ line }) => line));
}

function row(variable, ends, index) {
  const slider = element("input", { type: "range", min: ends[0], max: ends[1], step: "any", ariaLabel: `${variable}, slider` });
  const number = element("input", { type: "number", step: "any", ariaLabel: variable, title: `in ${interval(ends)}` });
  slider.addEventListener("input", () => moved([[index, slider.valueAsNumber]]));
  // With step "any" browsers differ in how far an arrow goes.
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moved([[index, slider.valueAsNumber + (way * (event.shiftKey ? 10 : 1) * (ends[1] - ends[0])) / 100]]);
  });
  number.addEventListener("input", () => Number.isFinite(number.valueAsNumber) && moved([[index, number.valueAsNumber]]));
  const line = element("div", { className: "slide" }, element("var", {}, variable), slider, number);
  return { line, slider, number };
}

export function showPoint(point) {
  rows.forEach(({ slider, number }, index) => {
    slider.value = point[index];
    if (document.activeElement !== number) number.value = point[index];
  });
}

// The value of an output and its derivatives by all variables.
export function showNumbers({ value, gradient, deviation, gradientDeviation }, model, output) {
  const lines = [line(called(model.outputs[output]), value[output], deviation?.[output])];
  model.variables.forEach((variable, index) => {
    if (gradient) lines.push(line(`∂${called(model.outputs[output])}/∂${variable}`, gradient[output][index], gradientDeviation?.[output][index]));
  });
  table.replaceChildren(element("tbody", {}, ...lines));
}

function line(name, value, deviation) {
  const cell = element("td", {}, significant(value));
  if (deviation !== undefined && deviation !== null) cell.append(element("small", {}, `± ${significant(DEVIATIONS * deviation, 2)}`));
  return element("tr", {}, element("th", { scope: "row" }, name), cell);
}
