// Shows what is served: functions are drawn, classifiers are asked.

import { ask, attempt, option } from "./api.js";
import { startDigits } from "./digits.js";
import { startFunctions } from "./functions.js";
import { startPictures } from "./pictures.js";

function fill(select, models) {
  select.replaceChildren(...models.map((model) => option(model.name)));
}

function refusal(model) {
  const item = document.createElement("li");
  item.textContent = `${model.name} version ${model.version} is not served: ${model.reason}`;
  return item;
}

attempt(async () => {
  const models = await ask("models");
  const functions = models.filter((model) => model.kind === "function");
  const digits = models.filter((model) => model.kind === "classifier" && model.preparation === "digit");
  const pictures = models.filter((model) => model.kind === "classifier" && model.preparation === "resize");
  for (const [id, found] of Object.entries({ functions, digits, pictures })) {
    document.getElementById(id).hidden = found.length === 0;
  }
  document.getElementById("nothing").hidden = functions.length + digits.length + pictures.length > 0;
  document.getElementById("refused").replaceChildren(...models.filter((model) => "reason" in model).map(refusal));
  fill(document.getElementById("function"), functions);
  fill(document.getElementById("digit-model"), digits);
  fill(document.getElementById("picture-model"), pictures);
  startDigits();
  startPictures();
  if (functions.length) await startFunctions(functions);
});
