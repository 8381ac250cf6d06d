// The curves of the chart, row by row: for each order the values, and below them, if wanted, the errors.

// A fit's values lie within so many standard deviations of it with a probability of 95 %.
export const DEVIATIONS = 2;
const STYLES = [
  { fit: "fit", error: "error", dash: "solid" },
  { fit: "other", error: "other-error", dash: "dash" },
];

export const label = (answer) => `version ${answer.model.version}`;

export function rows(orders, name, isWanted) {
  return orders.flatMap((order) => [
    { order, height: 1, title: name(order) },
    ...(isWanted(order) ? [{ order, height: 0.5, title: `|error of ${name(order)}|`, isError: true }] : []),
  ]);
}

// Whether there is an error to draw: where the truth is known, and met exactly, there is none.
export function hasError(answers, order) {
  return answers.some((answer) => {
    const truth = answer.truth?.[order];
    return truth?.some((value, i) => value !== null && answer.derivatives[order]?.[i] !== value);
  });
}

// The curves of a row, those first that lie underneath.
export function curves({ order, isError }, { answers, truth, samples, range }) {
  // A version may have fewer orders than the other.
  const has = (answer) => order in answer.derivatives;
  if (isError) return answers.flatMap((answer, index) => (has(answer) ? error(answer, order, index) : []));
  const known = answers.find((answer) => answer.truth?.[order]);
  return [
    ...(truth && known ? [{ x: known.x, y: known.truth[order], colour: "known", width: 7, name: "truth" }] : []),
    ...answers.flatMap((answer, index) => band(answer, order, index)),
    ...(order === 0 && samples ? [data(samples, range)] : []),
    ...answers.flatMap((answer, index) => (has(answer) ? fit(answer, order, index) : [])),
  ];
}

function fit(answer, order, index) {
  const { fit: colour, dash } = STYLES[index];
  return { x: answer.x, y: answer.derivatives[order], colour, dash, width: 2.25, name: label(answer) };
}

// Only those that are visible: others would stretch the axis.
function data({ x, y, standard_error: errors }, [low, high]) {
  const slack = 1e-9 * (high - low);
  const seen = x.flatMap((value, i) => (value >= low - slack && value <= high + slack ? [i] : []));
  const of = (values) => seen.map((i) => values[i]);
  return { x: of(x), y: of(y), colour: "data", isPoints: true, name: "data", ...(errors ? { errors: of(errors) } : {}) };
}

// Two lines without ink, and the colour between them.
function band(answer, order, index) {
  const deviations = answer.standard_deviations?.[order];
  if (!deviations) return [];
  const [low, high] = bandOf(answer.derivatives[order], deviations);
  const common = { x: answer.x, colour: STYLES[index].fit, width: 0, name: `band of ${label(answer)}` };
  return [{ ...common, y: low }, { ...common, y: high, filled: true }];
}

// The lower and the upper edge of a band around values.
export function bandOf(values, deviations) {
  return [-1, 1].map((sign) => values.map((value, i) => (value === null ? null : value + sign * DEVIATIONS * deviations[i])));
}

// Beyond the domain the truth is not known, and an error of exactly zero has no logarithm.
function error(answer, order, index) {
  const { error: colour, dash } = STYLES[index];
  const truth = answer.truth?.[order] ?? [];
  const y = answer.derivatives[order].map((value, i) => (truth[i] === null || value === null ? null : Math.abs(value - truth[i]) || null));
  return { x: answer.x, y, colour, dash, width: 1.75, name: `error of ${label(answer)}`, gaps: true };
}

function dataLabel({ count, x, standard_error: errors }) {
  const part = x.length < count ? `${x.length} of ${count.toLocaleString("en")} samples` : `${count} samples`;
  return `data${errors ? " ± standard error" : ""}, ${part}`;
}

// What the legend says: each kind of curve once, in words.
export function kinds({ answers, truth, error: errors, samples, outside }) {
  const known = answers.some((answer) => Object.keys(answer.truth ?? {}).length);
  const bands = answers.map((answer, index) => [answer, STYLES[index]]).filter(([answer]) => answer.standard_deviations);
  return [
    ...answers.map((answer, index) => ({ colour: STYLES[index].fit, kind: STYLES[index].dash, text: label(answer) })),
    ...(known && truth ? [{ colour: "known", kind: "known", text: "truth" }] : []),
    ...(samples ? [{ colour: "data", kind: "points", text: dataLabel(samples) }] : []),
    ...bands.map(([answer, { fit: colour }]) => ({ colour, kind: "band", text: `${label(answer)} ± ${DEVIATIONS} σ (95 %)` })),
    ...(known && errors
      ? answers.map((answer, index) => ({ colour: STYLES[index].error, kind: STYLES[index].dash, text: `|${label(answer)} − truth|` }))
      : []),
    ...(outside ? [{ colour: "outside", kind: "outside", text: "outside the domain: extrapolated" }] : []),
  ];
}
