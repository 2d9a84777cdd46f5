/** The page "Map": moves through the codes of two numbers of notebook 7. */

import { decode } from "./decoder.ts";
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

const data: MapData = JSON.parse(byId("data").textContent!);
const numbersOf = (base64: string) => new Float32Array(bytesOf(base64).buffer);
const layers = data.layers.map(({ kernel, bias }) => ({
  kernel: numbersOf(kernel),
  bias: numbersOf(bias),
}));
const sorted = data.sorted.map(numbersOf);

const map = byId<HTMLCanvasElement>("map");
const sliders = [
  byId<HTMLInputElement>("first"),
  byId<HTMLInputElement>("second"),
];

/** Letters of this many pixels of the screen, however wide the map is there. */
const LETTER = 12;

/** Draws the digits, and the point of which the decoder draws the image. */
function drawMap([first, second]: number[]) {
  const context = map.getContext("2d")!;
  const { width, height } = map;
  const scale = width / map.clientWidth;
  const place = (x: number, y: number): [number, number] => [
    width * x / 100,
    height * (1 - y / 100),
  ];
  const text = getComputedStyle(map).color;
  const [red] = text.match(/\d+/)!;
  // As light as is easy to read on this ground: at least 4.5 to 1.
  const lightness = Number(red) < 128 ? 0.5 : 0.78;
  context.clearRect(0, 0, width, height);
  context.font = `bold ${LETTER * scale}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { first, second, label } of data.dots) {
    context.fillStyle = `oklch(${lightness} 0.12 ${36 * label})`;
    context.fillText(String(label), ...place(first, second));
  }
  context.strokeStyle = text;
  context.lineWidth = 2.5 * scale;
  context.beginPath();
  context.arc(...place(first, second), LETTER * scale, 0, 2 * Math.PI);
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
  drawGrey(byId<HTMLCanvasElement>("drawn"), decode(layers, code));
  drawMap(shares);
  const [first, second] = shares;
  const distanceTo = (dot: MapData["dots"][0]) =>
    Math.hypot(dot.first - first, dot.second - second);
  const nearest = data.dots.reduce((best, dot) =>
    distanceTo(dot) < distanceTo(best) ? dot : best
  );
  byId("code").textContent = code
    .map((value) => value.toFixed(2).replace("-", "−")).join(" and ");
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
// The map is drawn anew where its size or its colours change.
new ResizeObserver(show).observe(map);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
new MutationObserver(show).observe(document.documentElement, {
  attributes: true,
});
byId("walk").hidden = false;
show();
