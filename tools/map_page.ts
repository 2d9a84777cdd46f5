/** The page "Map": moves through the codes of two numbers of notebook 7. */

import { byId, bytesOf, drawGrey } from "./page_parts.ts";

/** What the page carries beside its program. */
export interface MapData {
  /** The decoder's dense layers, first to last; float32 in base64. */
  layers: { kernel: string; bias: string }[];
  /** Both numbers of the codes, each sorted; float32 in base64. */
  sorted: [string, string];
  /** Test digits: their places on the map in per cent, and their labels. */
  dots: { first: number; second: number; label: number }[];
}

/** Ten colours that go with both grounds, one a digit (Tableau 10). */
const COLOURS = [
  ...["#4e79a7", "#f28e2c", "#e15759", "#76b7b2", "#59a14f"],
  ...["#edc949", "#af7aa1", "#ff9da7", "#9c755f", "#bab0ab"],
];

const data: MapData = JSON.parse(byId("data").textContent!);
const numbersOf = (base64: string) => new Float32Array(bytesOf(base64).buffer);
const layers = data.layers.map(({ kernel, bias }) => ({
  kernel: numbersOf(kernel),
  bias: numbersOf(bias),
}));
const sorted = data.sorted.map(numbersOf);

/** What the decoder draws for a code: 784 pixels in [0, 1]. */
function decode(code: number[]): number[] {
  let values = code;
  layers.forEach(({ kernel, bias }, depth) => {
    const sums = Float64Array.from(bias);
    values.forEach((value, i) => {
      for (let j = 0; j < sums.length; j++) {
        sums[j] += value * kernel[i * sums.length + j];
      }
    });
    const isLast = depth === layers.length - 1;
    values = Array.from(
      sums,
      (sum) => isLast ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum),
    );
  });
  return values;
}

const map = byId<HTMLCanvasElement>("map");
const sliders = [
  byId<HTMLInputElement>("first"),
  byId<HTMLInputElement>("second"),
];

/** Draws the dots, and the point of which the decoder draws the image. */
function drawMap([first, second]: number[]) {
  const context = map.getContext("2d")!;
  const { width, height } = map;
  const place = (x: number, y: number): [number, number] => [
    width * x / 100,
    height * (1 - y / 100),
  ];
  context.clearRect(0, 0, width, height);
  context.font = "bold 15px sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { first, second, label } of data.dots) {
    context.fillStyle = COLOURS[label];
    context.fillText(String(label), ...place(first, second));
  }
  context.strokeStyle = getComputedStyle(map).color;
  context.lineWidth = 3;
  context.beginPath();
  context.arc(...place(first, second), 14, 0, 2 * Math.PI);
  context.stroke();
}

function show() {
  const shares = sliders.map(({ value }) => Number(value));
  const code = shares.map((share, k) => {
    const last = sorted[k].length - 1;
    return sorted[k][
      Math.min(last, Math.floor(share / 100 * sorted[k].length))
    ];
  });
  drawGrey(byId<HTMLCanvasElement>("drawn"), decode(code));
  drawMap(shares);
  const [first, second] = shares;
  const distanceTo = (dot: MapData["dots"][0]) =>
    Math.hypot(dot.first - first, dot.second - second);
  const nearest = data.dots.reduce((best, dot) =>
    distanceTo(dot) < distanceTo(best) ? dot : best
  );
  byId("code").textContent = code.map((value) => value.toFixed(2)).join(
    " and ",
  );
  byId("nearest").textContent = String(nearest.label);
  shares.forEach((share, k) =>
    byId(`${sliders[k].id}-value`).textContent = `${share} %`
  );
}

/** Moves the point to where the pointer is. */
function follow({ clientX, clientY }: PointerEvent) {
  const { left, top, width, height } = map.getBoundingClientRect();
  sliders[0].value = String(100 * (clientX - left) / width);
  sliders[1].value = String(100 * (1 - (clientY - top) / height));
  show();
}

map.addEventListener("pointerdown", (event) => {
  map.setPointerCapture(event.pointerId);
  follow(event);
});
map.addEventListener("pointermove", (event) => {
  if (map.hasPointerCapture(event.pointerId)) follow(event);
});
for (const slider of sliders) slider.addEventListener("input", show);
byId("walk").hidden = false;
show();
