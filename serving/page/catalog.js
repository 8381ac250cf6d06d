// The models that are served, for people: what each is, how good it is, and where to look at it.

import { ask, attempt, element } from "./api.js";
import { domain, errors, errorsName, fieldErrors, formula, interval, origin, significant } from "./format.js";
import { link } from "./runs.js";

const GROUPS = { function: "Functions", field: "Functions of several variables", classifier: "Classifiers", other: "Not served" };

// A version that is refused, being loaded or unavailable has a reason.
const groupOf = (model) => ("reason" in model ? "other" : model.kind);

const capital = (text) => text[0].toUpperCase() + text.slice(1);

const percent = (part) => `${(100 * part).toFixed(1)} %`;

const DESCRIBED = {
  function: (model) => ({
    title: formula(model.target),
    facts: {
      Domain: `${domain(model)}${origin(model)}`,
      [capital(errorsName(model))]: errors(model) || "not known",
      Derivatives: `up to order ${Math.max(...model.orders)}`,
      Truth: model.truth_orders.length ? "stored with the model" : "not known",
      ...(model.bands.length ? { "Standard deviations": `of orders ${model.bands.join(", ")}` } : {}),
      Network: `${model.activation} units`,
    },
    page: `./?function=${encodeURIComponent(model.name)}`,
    example: `GET /functions/${encodeURIComponent(model.name)}/evaluate?x=${middle(model)}&order=0&order=1`,
  }),
  field: (model) => ({
    title: formula(model.target),
    facts: {
      Domain: model.domain.map((ends, index) => `${model.variables[index]} in ${interval(ends)}`).join(", "),
      ...(model.outputs.length > 1 ? { Outputs: model.outputs.join(", ") } : {}),
      [capital(errorsName(model))]: fieldErrors(model) || "not known",
      Derivatives: ["none", "gradient", "gradient and Hessian"][model.order],
      ...(model.bands ? { "Standard deviations": "of value and gradient" } : {}),
      ...(model.noise ? { "Noise of a sample": model.noise.map((value) => significant(value, 2)).join(", ") } : {}),
      Network: `${model.activation} units`,
    },
    page: `./?field=${encodeURIComponent(model.name)}`,
    example: `GET /functions/${encodeURIComponent(model.name)}/evaluate?x=${model.domain.map(center).join(",")}${model.order ? "&order=0&order=1" : ""}`,
  }),
  classifier: (model) => ({
    title: model.dataset,
    facts: {
      Classes: model.classes.join(", "),
      Pictures: `${model.shape.join(" × ")} pixels, ${model.preparation === "digit" ? "digits are centred" : "resized"}`,
      Accuracy: `${percent(model.test_accuracy)} on test pictures, ${percent(model.train_accuracy)} on those of training`,
      "L2, λ": String(model.l2_lambda),
      ...(model.network ? { Network: model.network } : {}),
      ...(model.calibration_error == null ? {} : { Calibration: `probabilities are off by ${percent(model.calibration_error)} on average` }),
    },
    page: model.preparation === "digit" ? "./#digits" : "./#pictures",
    example: `POST /classifiers/${encodeURIComponent(model.name)}/predict`,
  }),
  other: (model) => ({ title: model.name, facts: {}, reason: model.reason }),
};

const center = ([low, high]) => Number(((low + high) / 2).toPrecision(6));
const middle = ({ domain: ends }) => center(ends);

function group(title, models) {
  if (!models.length) return [];
  const list = element("ul", { className: "cards" }, ...models.map(card));
  list.setAttribute("aria-label", title);
  return [element("h2", {}, title), list];
}

function card(model) {
  const described = DESCRIBED[groupOf(model)](model);
  const { title, facts, page, example } = described;
  const heading = element("h3", { className: model.kind === "function" || model.kind === "field" ? "formula" : "name" }, page ? element("a", { href: page }, title) : title);
  const said = [...(model.warnings ?? []), ...(described.reason ? [`${model.kind}: ${described.reason}`] : [])];
  const parts = [heading, chips(model)];
  if (said.length) parts.push(element("ul", { className: "messages" }, ...said.map((text) => element("li", {}, text))));
  parts.push(list(facts));
  if (example) parts.push(element("code", {}, example));
  if (!described.reason) parts.push(actions(model, page));
  return element("li", { className: "card" }, ...parts);
}

function chips(model) {
  const chip = (text, kind = "") => element("span", { className: `chip ${kind}` }, text);
  const alias = model.alias ? [chip(model.alias, "good")] : [];
  return element("p", { className: "chips" }, chip(model.name), chip(`version ${model.version}`), ...alias);
}

function list(facts) {
  const entries = Object.entries(facts).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return element("dl", { className: "facts" }, ...entries);
}

function actions(model, page) {
  const run = element("a", { className: "button", target: "_blank", rel: "noopener", hidden: true }, "MLflow run");
  link(run, model.run_url);
  const open = page ? [element("a", { className: "button", href: page }, model.kind === "classifier" ? "Try it" : "Explore")] : [];
  return element("p", { className: "actions" }, ...open, run);
}

attempt(async () => {
  const models = await ask("models");
  document.getElementById("nothing").hidden = models.length > 0;
  const groups = Object.entries(GROUPS).flatMap(([kind, title]) => group(title, models.filter((model) => groupOf(model) === kind)));
  document.getElementById("models").replaceChildren(...groups);
});
