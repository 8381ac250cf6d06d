// What the page asks of a function of several variables: its cuts through a point with all numbers there, and a map.

import { ask } from "./api.js";

// Points of a cut, fewer where there are many variables; and of a side of the map.
const CUT = { most: 161, all: 960, least: 21 };
const SIDE = 61;

const maps = new Map();

const spread = ([low, high], count) => Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + (i * (high - low)) / (count - 1)));

async function evaluated(model, x, orders, signal) {
  const body = JSON.stringify({ x, orders });
  const headers = { accept: "application/json", "content-type": "application/json" };
  return ask(`functions/${encodeURIComponent(model.name)}/evaluate?version=${model.version}`, { method: "POST", body, headers, signal });
}

// For each variable the values along it, with the derivative by it where the model has one, and what is at the point.
export async function cutsOf(model, point, signal) {
  const count = Math.max(CUT.least, Math.min(CUT.most, Math.floor(CUT.all / point.length)));
  const along = model.domain.map((ends) => spread(ends, count));
  const moved = (index) => along[index].map((value) => point.map((at, i) => (i === index ? value : at)));
  const rows = [...along.flatMap((_, index) => moved(index)), point];
  const answer = await evaluated(model, rows, model.order ? [0, 1] : [0], signal);
  const part = (values, index) => values?.slice(index * count, (index + 1) * count);
  const deviations = answer.standard_deviations;
  const cuts = along.map((x, index) => ({
    x, value: part(answer.value, index), slope: part(answer.gradient, index)?.map((outputs) => outputs.map((partials) => partials[index])),
    deviation: part(deviations?.value, index), slopeDeviation: part(deviations?.gradient, index)?.map((outputs) => outputs.map((partials) => partials[index])),
  }));
  const last = (values) => values?.at(-1);
  return { cuts, at: { value: last(answer.value), gradient: last(answer.gradient), deviation: last(deviations?.value), gradientDeviation: last(deviations?.gradient) } };
}

// The values of all outputs on the domain of two variables, by the second and then the first; asked for once.
export async function mapOf(model, signal) {
  const key = `${model.name} ${model.version}`;
  if (!maps.has(key)) {
    const [x, y] = model.domain.map((ends) => spread(ends, SIDE));
    const answer = await evaluated(model, y.flatMap((second) => x.map((first) => [first, second])), [0], signal);
    maps.set(key, { x, y, rows: y.map((_, i) => answer.value.slice(i * SIDE, (i + 1) * SIDE)) });
  }
  return maps.get(key);
}
