// Asks a classifier about a picture and shows the probability of each class.

import { ask } from "./api.js";

export async function classify(model, picture, list) {
  const form = new FormData();
  form.append("pictures", picture, "picture");
  const answer = await ask(`classifiers/${encodeURIComponent(model)}/predict`, { method: "POST", body: form });
  const [prediction] = answer.predictions;
  list.replaceChildren(
    ...Object.entries(prediction.probabilities).map(([name, probability]) => row(name, probability, prediction.class_name)),
  );
}

function row(name, probability, likeliest) {
  const item = document.createElement("li");
  item.classList.toggle("likeliest", name === likeliest);
  const meter = document.createElement("meter");
  meter.value = probability;
  meter.setAttribute("aria-hidden", "true");
  const [label, value] = [document.createElement("span"), document.createElement("span")];
  label.textContent = name;
  value.textContent = `${(100 * probability).toFixed(1)} %`;
  item.append(label, meter, value);
  return item;
}
