// A canvas to draw a digit on, with a pointer or with the keyboard.

import { attempt, latest } from "./api.js";
import { classify, tellKnown } from "./probabilities.js";

const [canvas, answer, model, mark, toggle, problem, unknown] = ["digit", "digit-answer", "digit-model", "pen", "digit-pen", "digit-problem", "digit-unknown"].map(
  (id) => document.getElementById(id),
);
const pen = canvas.getContext("2d");
const asking = latest();

// As thick, for the size of the canvas, as the strokes of MNIST's digits.
const THICKNESS = 22;
const STEP = 10;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const START = [140, 60];

let at = START;
let isDown = true;
let isEmpty = true;

function clear() {
  asking();
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  answer.replaceChildren();
  problem.hidden = unknown.hidden = true;
  [at, isEmpty] = [START, true];
  showPen();
}

function line(from, to) {
  Object.assign(pen, { lineWidth: THICKNESS, lineCap: "round", strokeStyle: "#000000" });
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
  isEmpty = false;
}

// Where the keyboard's pen is, and whether it draws.
function showPen() {
  Object.assign(mark.style, { left: `${(100 * at[0]) / canvas.width}%`, top: `${(100 * at[1]) / canvas.height}%` });
  mark.classList.toggle("down", isDown);
  toggle.setAttribute("aria-pressed", String(isDown));
  toggle.textContent = isDown ? "Pen down" : "Pen up";
}

function lift() {
  isDown = !isDown;
  showPen();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}

function look() {
  if (isEmpty) return;
  const signal = asking();
  canvas.toBlob(async (picture) => {
    if (isEmpty) return;
    const went = await attempt(async () => tellKnown(unknown, await classify(model.value, picture, answer, signal)), problem);
    if (!went && !signal.aborted) {
      answer.replaceChildren();
      unknown.hidden = true;
    }
  }, "image/png");
}

function onKey(event) {
  if (event.key === " ") lift();
  else if (event.key in MOVES) {
    const [dx, dy] = MOVES[event.key];
    const to = [Math.min(270, Math.max(10, at[0] + dx)), Math.min(270, Math.max(10, at[1] + dy))];
    if (isDown) line(at, to);
    at = to;
    showPen();
    look();
  } else return;
  mark.hidden = false;
  event.preventDefault();
}

export function startDigits() {
  clear();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    mark.hidden = true;
    at = place(event);
    line(at, at);
    showPen();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    const to = place(event);
    line(at, to);
    at = to;
    showPen();
  });
  canvas.addEventListener("pointerup", look);
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("focus", () => (mark.hidden = !canvas.matches(":focus-visible")));
  canvas.addEventListener("blur", () => (mark.hidden = true));
  model.addEventListener("change", look);
  toggle.addEventListener("click", lift);
  document.getElementById("digit-clear").addEventListener("click", clear);
}
