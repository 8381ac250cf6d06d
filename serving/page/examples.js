// The OpenAPI schema, with examples of what is served here: they work when they are tried.

import { ask } from "./api.js";

// Whose names fit a path.
const KINDS = { "/functions/": ["function"], "/classifiers/": ["classifier"], "/v2/": ["function"], "/models/": ["function", "classifier"] };

export async function readSchema() {
  const [schema, models] = await Promise.all([ask("openapi.json"), ask("models").catch(() => [])]);
  for (const [path, operations] of Object.entries(schema.paths)) {
    const kinds = Object.entries(KINDS).find(([prefix]) => path.startsWith(prefix))?.[1] ?? [];
    const fitting = models.filter((model) => kinds.includes(model.kind));
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
  const pixels = operation.requestBody?.content?.["application/json"];
  if (first.kind === "classifier" && pixels) pixels.example = { pixels: blank(first.shape) };
}

// A picture of a shape, all black.
const blank = ([size, ...rest]) => Array.from({ length: size }, () => (rest.length ? blank(rest) : 0));
