// What is looked at, as the address says it: a view is a link.

const NAMES = ["function", "version", "compare", "from", "to", "x", "truth", "error", "data", "field", "output", "at"];

export function readView() {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]));
}

let waiting;
let written = readView();

// A while later: a browser refuses an address that changes with every movement.
// What a part of the page does not speak of stays.
export function writeView(view) {
  written = { ...written, ...view };
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const said = Object.entries(written).filter(([, value]) => value !== undefined && value !== "");
    const query = new URLSearchParams(said).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  }, 200);
}

// The range that an address names, if it names one.
export function readRange(view) {
  const ends = [view.from, view.to].map((end) => (end ? Number(end) : NaN));
  return ends.every(Number.isFinite) && ends[0] < ends[1] ? ends : null;
}
