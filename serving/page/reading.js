// The table of values at the cursor: every order that the model has, of every version that is shown.

import { element } from "./api.js";
import { label } from "./curves.js";
import { significant } from "./format.js";

const table = document.getElementById("values");
const place = document.getElementById("place");
const where = document.getElementById("where");

export function showPlace(x) {
  if (document.activeElement !== place) place.value = x;
}

export function onPlace(listener) {
  place.addEventListener("input", () => {
    if (place.value !== "" && Number.isFinite(place.valueAsNumber)) listener(place.valueAsNumber);
  });
}

// The answers are for a single x; name tells what an order is called.
export function showValues(answers, truth, name) {
  const known = truth && answers.find((answer) => answer.truth);
  const orders = [...new Set(answers.flatMap((answer) => Object.keys(answer.derivatives)))].map(Number);
  const head = [header("", ""), ...answers.map((answer, index) => header(label(answer), index ? "other dash" : "fit")), ...(known ? [header("truth", "known")] : [])];
  const body = orders.map((order) => row(order, name(order), answers, known));
  table.replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  where.textContent = answers[0].in_domain[0] ? "" : "Outside the domain: extrapolated.";
}

function header(text, key) {
  if (!text) return element("td");
  const made = element("th", { scope: "col" }, text);
  const line = element("span", { className: `key ${key}` });
  line.style.borderColor = `var(--${key.split(" ")[0]})`;
  made.prepend(line);
  return made;
}

function row(order, name, answers, known) {
  const cells = answers.map((answer) => value(answer, order));
  if (known) cells.push(element("td", {}, significant(known.truth[order]?.[0])));
  return element("tr", {}, element("th", { scope: "row" }, name), ...cells);
}

function value(answer, order) {
  const cell = element("td", {}, significant(answer.derivatives[order]?.[0]));
  const deviation = answer.standard_deviations?.[order]?.[0];
  if (deviation !== undefined && deviation !== null) cell.append(element("small", {}, `± ${significant(2 * deviation, 2)}`));
  return cell;
}
