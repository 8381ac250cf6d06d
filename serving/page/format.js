// Numbers and names as a person reads them.

const RAISED = { "-": "⁻", "+": "⁺", "(": "⁽", ")": "⁾", ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].entries()) };
const LOWERED = Object.fromEntries([..."₀₁₂₃₄₅₆₇₈₉"].entries());
const PRIMES = ["", "′", "″", "‴"];

const each = (text, table) => [...String(text)].map((letter) => table[letter] ?? letter).join("");

export const raised = (text) => each(text, RAISED);

// f, f′, f″, f‴, and from the fourth on f⁽⁴⁾.
export const derivative = (order) => `f${PRIMES[order] ?? raised(`(${order})`)}`;

// A name where it fits beside a curve; Plotly would read others as HTML.
export const short = (name, otherwise) => (/^[^<>&]{1,24}$/.test(name ?? "") ? name : otherwise);

export const variable = (model) => short(model.x_name, "x");

// f, f′, …; of data by the names of their columns: voltage, d(voltage)/d(time), d²(voltage)/d(time)².
export function derivativeOf(model, order) {
  const y = short(model.y_name, null);
  if (!y) return derivative(order);
  const power = order > 1 ? raised(order) : "";
  return order === 0 ? y : `d${power}(${y})/d(${variable(model)})${power}`;
}

// A number with so many significant digits: 0.39894, −1.2346·10⁻⁷.
export function significant(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 10 ** digits) return value.toPrecision(digits).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${mantissa.replace("-", "−")}·10${raised(Number(exponent))}`;
}

// An end of a range, to a thousandth of its width, and at least six digits.
export function numeral(value, [low, high]) {
  const spare = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low));
  const digits = Math.min(17, Math.max(6, 4 + Math.ceil(spare)));
  return Number(value.toPrecision(digits || 6)).toString();
}

// The roundest number within half a step of a value: 0.315 and not 0.3149999999999995.
export function rounded(value, step) {
  const decimals = Math.min(100, Math.max(0, Math.ceil(-Math.log10(step))));
  return Number(value.toFixed(decimals));
}

// What is fitted: a formula as it is written by hand, a name, or a file as it is.
export function formula(target) {
  if (/\.[a-z]\w*$/i.test(target)) return target;
  const wave = /^psi_(\d+)(\^2)?$/.exec(target);
  if (wave) return `ψ${each(wave[1], LOWERED)}${wave[2] ? "²" : ""}`;
  return target
    .replace(/(?:\*\*|\^)(\d+)(?![\d.])/g, (_, power) => raised(power))
    .replace(/\bpi\b/g, "π")
    .replace(/\s*\*(?!\*)\s*/g, " · ")
    .replace(/-/g, "−");
}

// What a fit's errors are: of data whose function is not known, their noise is part of it.
export function errorsName(model) {
  const isOfData = model.kind === "field" ? Boolean(model.noise) : model.truth_orders.length === 0;
  return isOfData ? "relative residual at held-out samples" : "relative errors";
}

// Relative errors of f and its derivatives: f 1.2·10⁻⁹, f′ ….
export function errors(model) {
  const known = model.orders.filter((order) => Number.isFinite(model.errors[`d${order}`]));
  return known.map((order) => `${derivative(order)} ${significant(model.errors[`d${order}`], 2)}`).join(", ");
}

// The same of several variables: value 1.2·10⁻⁹, gradient ….
export function fieldErrors(model) {
  const known = ["value", "gradient", "hessian"].filter((name) => Number.isFinite(model.errors[name]));
  return known.map((name) => `${name === "hessian" ? "Hessian" : name} ${significant(model.errors[name], 2)}`).join(", ");
}

export const origin = (model) => (model.x_unit ? ` in ${model.x_unit}${model.x_origin ? ` since ${model.x_origin}` : ""}` : "");

export const interval = (ends) => `[${ends.map((end) => numeral(end, ends).replace("-", "−")).join(", ")}]`;

export const domain = (model) => interval(model.domain);
