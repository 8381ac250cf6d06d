// Shows what is served: functions are drawn, classifiers are asked.

import { ask, attempt, element, option } from "./api.js";
import { startDigits } from "./digits.js";
import { formula } from "./format.js";
import { startFields } from "./fields.js";
import { startFunctions } from "./functions.js";
import { startPictures } from "./pictures.js";
import { readView } from "./view.js";

// Seconds, in each of which is asked once.
const TRIES = 30;

// A function is called by its formula; where two have the same, the name of the model tells them apart.
function called(models) {
  const times = (target) => models.filter((model) => model.target === target).length;
  return models.map((model) => option(model.name, times(model.target) > 1 ? `${formula(model.target)} (${model.name})` : formula(model.target)));
}

const byName = (models) => models.map((model) => option(model.name));

const refusal = (model) => element("li", {}, `${model.name} version ${model.version} is not served: ${model.reason}`);

// What is served. A service that has just started is still loading: what the address names, and the first of all, is waited for.
async function served() {
  const { function: named, field } = readView();
  const wanted = [named, field].filter(Boolean);
  for (let tries = 0; ; tries += 1) {
    const models = await ask("models");
    const isLoading = models.some((model) => model.kind === "loading" && (!wanted.length || wanted.includes(model.name)));
    if (!isLoading || tries === TRIES || (!wanted.length && models.some((model) => !("reason" in model)))) return models;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

attempt(async () => {
  const models = await served();
  const functions = models.filter((model) => model.kind === "function");
  const digits = models.filter((model) => model.kind === "classifier" && model.preparation === "digit");
  const pictures = models.filter((model) => model.kind === "classifier" && model.preparation === "resize");
  const fields = models.filter((model) => model.kind === "field");
  for (const [id, found] of Object.entries({ functions, fields, digits, pictures })) {
    document.getElementById(id).hidden = found.length === 0;
  }
  document.getElementById("nothing").hidden = functions.length + fields.length + digits.length + pictures.length > 0;
  document.getElementById("refused").replaceChildren(...models.filter((model) => "reason" in model).map(refusal));
  document.getElementById("function").replaceChildren(...called(functions));
  document.getElementById("field").replaceChildren(...called(fields));
  document.getElementById("digit-model").replaceChildren(...byName(digits));
  document.getElementById("picture-model").replaceChildren(...byName(pictures));
  startDigits();
  startPictures();
  await Promise.all([functions.length && startFunctions(functions), fields.length && startFields(fields)]);
});
