// What the page asks of a function: its curves on a range, and all of its derivatives at a point.

import { ask } from "./api.js";

// Orders that are drawn; the table at the cursor has all.
const DRAWN = 2;

const orders = new Map();
const samples = new Map();

const path = (name) => `functions/${encodeURIComponent(name)}/evaluate`;

function query(fields, asked, version, truth) {
  const made = new URLSearchParams({ ...fields, version });
  asked.forEach((order) => made.append("order", order));
  if (truth) made.append("truth", "true");
  return made;
}

// The orders that a version has; those of the served one are known, of another its outputs say them.
export async function ordersOf(model, version, signal) {
  if (Number(version) === model.version) return model.orders;
  const key = `${model.name} ${version}`;
  if (!orders.has(key)) {
    const said = await ask(`v2/models/${encodeURIComponent(model.name)}/versions/${version}`, { signal });
    orders.set(key, said.outputs.flatMap(({ name }) => (/^d\d+$/.test(name) ? [Number(name.slice(1))] : [])));
  }
  return orders.get(key);
}

export async function curvesOf(model, version, { range, points, truth }, signal) {
  const drawn = (await ordersOf(model, version, signal)).filter((order) => order <= DRAWN);
  return ask(`${path(model.name)}?${query({ linspace: [...range, points].join(",") }, drawn, version, truth)}`, { signal });
}

export async function valuesOf(model, version, { x, truth }, signal) {
  const all = await ordersOf(model, version, signal);
  return ask(`${path(model.name)}?${query({ x }, all, version, truth)}`, { signal });
}

// The samples that a version was fitted to, as far as they are registered: none of a function.
export async function samplesOf(model, version, signal) {
  const key = `${model.name} ${version}`;
  if (!samples.has(key)) {
    samples.set(key, await ask(`functions/${encodeURIComponent(model.name)}/samples?${new URLSearchParams({ version })}`, { signal }));
  }
  return samples.get(key);
}

export const versionsOf = (name) => ask(`models/${encodeURIComponent(name)}/versions`);
