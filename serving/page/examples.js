// The OpenAPI schema, with examples of what is served here: they work when they are tried.

import { ask } from "./api.js";

// Whose names fit a path.
const KINDS = {
  "/functions/": ["function", "field"],
  "/classifiers/": ["classifier"],
  "/v2/": ["function"],
  "/models/": ["function", "field", "classifier"],
  "/umbridge/": ["function", "field"],
};

export async function readSchema() {
  const [schema, models] = await Promise.all([ask("openapi.json"), ask("models").catch(() => [])]);
  for (const [path, operations] of Object.entries(schema.paths)) {
    const kinds = Object.entries(KINDS).find(([prefix]) => path.startsWith(prefix))?.[1] ?? [];
    const fitting = kinds.flatMap((kind) => models.filter((model) => model.kind === kind));
    if (fitting.length) Object.values(operations).forEach((operation) => fill(operation, fitting));
  }
  return schema;
}

function fill(operation, models) {
  const values = { name: models[0].name, version: models[0].version };
  for (const parameter of operation.parameters ?? []) {
    // Swagger UI shows no number 0 in a list.
    if (Array.isArray(parameter.example)) parameter.example = parameter.example.map(String);
    if (parameter.in !== "path" || !(parameter.name in values)) continue;
    parameter.example = values[parameter.name];
    parameter.schema.examples = [parameter.example];
  }
  const { [0]: first } = models;
  fillPoints(operation, models);
  const pixels = operation.requestBody?.content?.["application/json"];
  if (first.kind === "classifier" && pixels) pixels.example = { pixels: blank(first.shape) };
}

const middle = ([low, high]) => Number(((low + high) / 2).toPrecision(6));
const middles = (model) => (model.kind === "field" ? model.domain.map(middle) : [middle(model.domain)]);

// Points of what is served: in JSON of a function of one variable and of one of several, in a query of the first.
function fillPoints(operation, models) {
  const content = operation.requestBody?.content?.["application/json"];
  const [first] = models;
  if (content?.examples) {
    const offered = Object.entries(content.examples).flatMap(([title, entry]) => {
      const model = models.find(({ kind }) => (kind === "field") === title.startsWith("several"));
      return model ? [[`${title}: ${model.name}`, model.kind === "field" ? { value: several(model, title) } : entry]] : [];
    });
    content.examples = Object.fromEntries(offered);
  }
  if (content?.example?.input) {
    const m = first.outputs?.length ?? 1;
    const { sens, vec, ...rest } = content.example;
    content.example = {
      ...rest, name: first.name, input: [middles(first)],
      ...(sens ? { sens: Array(m).fill(1) } : {}), ...(vec ? { vec: middles(first).map(() => 1) } : {}),
    };
  } else if (content?.example?.name) content.example.name = first.name;
  const x = (operation.parameters ?? []).find(({ name, in: place }) => name === "x" && place === "query");
  if (x && first.kind === "field") x.example = [middles(first).join(",")];
}

function several(model, title) {
  const at = middles(model);
  const [first, second = first] = model.variables;
  if (!title.endsWith("by name")) return { x: [at], orders: model.order ? [0, 1] : [0] };
  const derivatives = [[], [first], [first, `${first},${second}`]][model.order];
  return { x: Object.fromEntries(model.variables.map((name, index) => [name, [at[index]]])), ...(derivatives.length ? { derivatives } : {}) };
}

// A picture of a shape, all black.
const blank = ([size, ...rest]) => Array.from({ length: size }, () => (rest.length ? blank(rest) : 0));
