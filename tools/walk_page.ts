/** The page "Ten walks": from noise to digits, step by step, as notebook 10 walked. */

import { byId, drawGrey, say, unpack } from "./page_parts.ts";

/** What the page carries beside its program. */
export interface WalkData {
  /** The noise level after each step, from the second on. */
  sigmas: number[];
  /** Images side by side in a frame. */
  count: number;
  /** Of each step a frame [28, 28 count], greys of a byte each, zlib in base64. */
  noisy: string;
  /** What the network answered at each step, in the same form. */
  answers: string;
}

const data: WalkData = JSON.parse(byId("data").textContent!);
/** The frames of all steps, one after the other. */
let noisy: Uint8Array, answers: Uint8Array;
const slider = byId<HTMLInputElement>("step");
const button = byId<HTMLButtonElement>("play");
const pixels = 28 * 28 * data.count;
/** What the network answered at the first step is not known: the walks begin after it. */
const FIRST = 2;
const last = data.sigmas.length + FIRST - 1;

/** Milliseconds of a step while the walk goes on by itself. */
const PACE = 150;

let timer: ReturnType<typeof setInterval> | undefined;

function show() {
  const step = Number(slider.value), place = step - FIRST;
  for (
    const [id, frames] of [["noisy", noisy], ["answers", answers]] as const
  ) {
    const frame = frames.subarray(place * pixels, (place + 1) * pixels);
    drawGrey(byId<HTMLCanvasElement>(id), Array.from(frame, (x) => x / 255));
  }
  byId("number").textContent = String(step);
  byId("sigma").textContent = data.sigmas[place].toFixed(2);
}

function stop() {
  clearInterval(timer);
  timer = undefined;
  button.textContent = say("play");
}

button.addEventListener("click", () => {
  if (timer !== undefined) return stop();
  if (Number(slider.value) === last) slider.value = String(FIRST);
  show();
  button.textContent = say("stop");
  timer = setInterval(() => {
    slider.value = String(Number(slider.value) + 1);
    show();
    if (Number(slider.value) === last) stop();
  }, PACE);
});
slider.addEventListener("input", () => {
  stop();
  show();
});
slider.max = String(last);
for (const id of ["noisy", "answers"]) {
  Object.assign(byId<HTMLCanvasElement>(id), {
    ...{ width: 28 * data.count, height: 28 },
  });
}
Promise.all([unpack(data.noisy), unpack(data.answers)]).then((frames) => {
  [noisy, answers] = frames;
  byId("walk").hidden = false;
  show();
}).catch((reason) => {
  byId("failed").textContent = say("failed", { reason });
  byId("failed").hidden = false;
});
