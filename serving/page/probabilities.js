// Asks a classifier about a picture, shows the probability of each class and returns all that it says.

import { ask, element, show } from "./api.js";

const UNKNOWN = "None of these: the picture is unlike all that the classifier was trained with, and its answer says little.";

export async function classify(model, picture, list, signal) {
  const form = new FormData();
  form.append("pictures", picture, picture.name ?? "picture");
  const answer = await ask(`classifiers/${encodeURIComponent(model)}/predict`, { method: "POST", body: form, signal });
  const [prediction] = answer.predictions;
  list.replaceChildren(
    ...Object.entries(prediction.probabilities).map(([name, probability]) => row(name, probability, prediction.class_name)),
  );
  return prediction;
}

function row(name, probability, likeliest) {
  const amount = element("div", { className: "amount" });
  amount.style.width = `${100 * probability}%`;
  const track = element("div", { className: "track" }, amount);
  const value = element("span", {}, `${(100 * probability).toFixed(1)} %`);
  return element("li", { className: name === likeliest ? "likeliest" : "" }, element("span", {}, name), track, value);
}

// Whether the classifier knows such pictures; of one that does not say, nothing.
export function tellKnown(place, { known = true }) {
  if (known) place.hidden = true;
  else show(place, UNKNOWN);
}
