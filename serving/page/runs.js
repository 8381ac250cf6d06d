// Links to runs in MLflow's UI, where it answers and is to be reached from here.

import { ask } from "./api.js";

const HERE = new Set(["localhost", "127.0.0.1", "[::1]"]);

let answers;

export async function reachable(url) {
  if (!url) return false;
  // Of another machine's 127.0.0.1 a browser knows nothing.
  if (HERE.has(new URL(url).hostname) && !HERE.has(location.hostname)) return false;
  answers ??= ask("mlflow").then(({ answers: found }) => found, () => false);
  return answers;
}

export async function link(anchor, url) {
  anchor.hidden = true;
  if (!(await reachable(url))) return;
  anchor.href = url;
  anchor.hidden = false;
}
