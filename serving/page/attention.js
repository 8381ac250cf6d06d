// What a classifier says it looked at, laid over the picture.

const [canvas, field, shown] = ["attention", "attention-field", "attention-shown"].map((id) => document.getElementById(id));
// Orange on dark, as a lamp lights what it falls on.
const [LIT, DARK] = ["rgb(255 150 40)", "rgb(10 20 40)"];
const STRONGEST = 0.6;

let places = null;

// Rows of numbers from -1 to 1, how much each place speaks for the class; or nothing.
export function showAttention(attention) {
  places = attention ?? null;
  field.hidden = !places;
  if (places) draw();
  canvas.hidden = !places || !shown.checked;
}

function draw() {
  [canvas.height, canvas.width] = [places.length, places[0].length];
  const pen = canvas.getContext("2d");
  places.forEach((row, y) =>
    row.forEach((value, x) => {
      pen.globalAlpha = STRONGEST * Math.abs(Math.max(0, value) - 0.5) * 2;
      pen.fillStyle = value > 0.5 ? LIT : DARK;
      pen.fillRect(x, y, 1, 1);
    }),
  );
  canvas.setAttribute("aria-label", `The classifier looked mostly at the ${strongest()}`);
}

// The strongest place in words.
function strongest() {
  const flat = places.flat();
  const at = flat.indexOf(Math.max(...flat));
  const columns = places[0].length;
  const down = third(Math.floor(at / columns), places.length, ["top", "middle", "bottom"]);
  const across = third(at % columns, columns, ["left", "middle", "right"]);
  return down === across ? "middle" : `${down} ${across}`;
}

const third = (index, length, names) => names[Math.floor((3 * index) / length)];

export function startAttention() {
  shown.addEventListener("change", () => (canvas.hidden = !places || !shown.checked));
}
