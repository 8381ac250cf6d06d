// A canvas to draw a digit on, with a pointer or with the keyboard.

import { attempt } from "./api.js";
import { classify } from "./probabilities.js";

const canvas = document.getElementById("digit");
const answer = document.getElementById("digit-answer");
const model = document.getElementById("digit-model");
const pen = canvas.getContext("2d");

// As thick, for the size of the canvas, as the strokes of MNIST's digits.
const THICKNESS = 22;
const STEP = 10;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

let at = [140, 60];
let down = true;

function clear() {
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  answer.replaceChildren();
  at = [140, 60];
}

function line(from, to) {
  Object.assign(pen, { lineWidth: THICKNESS, lineCap: "round", strokeStyle: "#000000" });
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}

function look() {
  canvas.toBlob((picture) => attempt(() => classify(model.value, picture, answer)), "image/png");
}

function onKey(event) {
  if (event.key === " ") down = !down;
  else if (event.key in MOVES) {
    const [dx, dy] = MOVES[event.key];
    const to = [Math.min(270, Math.max(10, at[0] + dx)), Math.min(270, Math.max(10, at[1] + dy))];
    if (down) line(at, to);
    at = to;
    look();
  } else return;
  event.preventDefault();
}

export function startDigits() {
  clear();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    at = place(event);
    line(at, at);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    const to = place(event);
    line(at, to);
    at = to;
  });
  canvas.addEventListener("pointerup", look);
  canvas.addEventListener("keydown", onKey);
  model.addEventListener("change", look);
  document.getElementById("digit-clear").addEventListener("click", clear);
}
