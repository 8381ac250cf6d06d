// A line through all rows of the chart, which a pointer, a finger or the keyboard moves along x.

import { element } from "./api.js";
import { coarse, geometry, height } from "./chart.js";
import { rounded } from "./format.js";

const plot = document.getElementById("plot");
const cursor = document.getElementById("cursor");

const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };

let range = [0, 1];
let x = 0;
let dots = [];
let moved = () => {};

// As far apart as pixels are: the roundest x there is meant.
const step = () => (range[1] - range[0]) / geometry().width;

// Where the range is another one, the cursor stays at its x.
export function showCursor(to, at) {
  [range, x] = [to, at];
  const { left, width, rows } = geometry();
  const part = (x - range[0]) / (range[1] - range[0]);
  const isVisible = rows.length > 0 && part >= 0 && part <= 1;
  cursor.hidden = !isVisible;
  if (isVisible) {
    const [top, bottom] = [rows[0].top, rows.at(-1).bottom];
    Object.assign(cursor.style, { left: `${left + part * width}px`, top: `${top}px`, height: `${bottom - top}px` });
  }
  const said = { "aria-valuemin": range[0], "aria-valuemax": range[1], "aria-valuenow": x, "aria-valuetext": `x = ${x}` };
  for (const [name, value] of Object.entries(said)) cursor.setAttribute(name, value);
}

// Dots where the curves are at the cursor: for each row the values of both versions.
export function showDots(values) {
  dots.forEach((dot) => dot.remove());
  dots = cursor.hidden ? [] : geometry().rows.flatMap((row, index) => (row.isError ? [] : values(row.order).map((value, which) => dot(value, which, index))));
  dots = dots.filter(Boolean);
  plot.append(...dots);
}

function dot(value, which, row) {
  const top = height(value, row);
  if (top === null) return null;
  const made = element("span", { className: `dot ${which ? "mark-other" : "mark-fit"}` });
  Object.assign(made.style, { left: cursor.style.left, top: `${top}px` });
  return made;
}

function to(at) {
  moved(rounded(at, step()));
}

function follow(event) {
  const { left, width } = geometry();
  const part = (event.clientX - plot.getBoundingClientRect().left - left) / width;
  if (part >= 0 && part <= 1) to(range[0] + part * (range[1] - range[0]));
}

// A hundredth of what is visible, or ten of them with Shift, in round numbers.
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const width = range[1] - range[0];
  const ends = { Home: range[0], End: range[1] };
  if (event.key in KEYS) to(x + (KEYS[event.key] * width * (event.shiftKey ? 10 : 1)) / 100);
  else if (event.key in ends) to(ends[event.key]);
  else return;
  event.preventDefault();
}

export function startCursor(listener) {
  moved = listener;
  plot.classList.toggle("coarse", coarse.matches);
  plot.addEventListener("pointerdown", follow);
  plot.addEventListener("pointermove", (event) => {
    // With a button the chart is dragged; a finger, and who holds the line itself, drags the cursor.
    if (!event.buttons || event.pointerType === "touch" || cursor.hasPointerCapture(event.pointerId)) follow(event);
  });
  cursor.addEventListener("pointerdown", (event) => cursor.setPointerCapture(event.pointerId));
  cursor.addEventListener("keydown", onKey);
}
