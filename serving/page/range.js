// The part of the x-axis that is visible: never far from the domain, never narrower than numbers are apart.

// So many widths of the domain to either side of it.
const BEYOND = 1;
const NARROWEST = 1e-6;

export function limits([low, high]) {
  const width = high - low;
  return [low - BEYOND * width, high + BEYOND * width];
}

// The same range, or the nearest that is allowed.
export function clamp([from, to], domain) {
  const [least, most] = limits(domain);
  const size = Math.max(Math.abs(least), Math.abs(most));
  const narrowest = Math.max(NARROWEST * (domain[1] - domain[0]), 1e-12 * size);
  const width = Math.min(most - least, Math.max(narrowest, to - from));
  const low = Math.min(most - width, Math.max(least, (from + to - width) / 2));
  return [low, low + width];
}

// Closer (a factor below one) or farther, around a point that stays where it is.
export const zoomed = ([low, high], factor, around) => [around - factor * (around - low), around + factor * (high - around)];

export const moved = ([low, high], part) => [low + part * (high - low), high + part * (high - low)];

export const reachesOutside = ([low, high], domain) => {
  const slack = 1e-9 * (domain[1] - domain[0]);
  return low < domain[0] - slack || high > domain[1] + slack;
};
