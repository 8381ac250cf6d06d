// A place to drop a picture, or to choose one.

import { attempt, latest } from "./api.js";
import { classify } from "./probabilities.js";

const [drop, input, model, preview, answer, problem] = ["drop", "picture", "picture-model", "preview", "picture-answer", "picture-problem"].map((id) =>
  document.getElementById(id),
);
const asking = latest();

let shown = null;

// What is answered is the answer to this picture, or nothing is.
async function show(file) {
  if (!file) return;
  shown = file;
  answer.replaceChildren();
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.hidden = true;
  const signal = asking();
  const went = await attempt(() => classify(model.value, file, answer, signal), problem);
  if (shown === file) preview.hidden = !went;
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
