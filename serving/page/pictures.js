// A place to drop a picture, or to choose one.

import { attempt } from "./api.js";
import { classify } from "./probabilities.js";

const drop = document.getElementById("drop");
const input = document.getElementById("picture");
const model = document.getElementById("picture-model");
const preview = document.getElementById("preview");
const answer = document.getElementById("picture-answer");

let shown = null;

function show(file) {
  if (!file) return;
  shown = file;
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.hidden = false;
  attempt(() => classify(model.value, file, answer));
}

export function startPictures() {
  input.addEventListener("change", () => show(input.files[0]));
  model.addEventListener("change", () => show(shown));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => show(event.dataTransfer.files[0]));
}
