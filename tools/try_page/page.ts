/** The page "Try it": draws, asks the worker, and shows what it says. */

import type { Answer, FromWorker, Noise, Question, Setup } from "./messages.ts";
import {
  byId,
  bytesOf,
  colourOf,
  drawGrey,
  drawPixels,
  say,
  unpack,
} from "../page_parts.ts";
import { drawingBoard } from "./drawing_board.ts";

/** The worker's whole program, which the bundler puts here. */
declare const WORKER: string;

/** What the page carries beside its programs, in base64. */
interface Data extends Pick<Setup, "topology" | "specs"> {
  weights: string;
  /** Zlib streams of pixels, 784 bytes a digit. */
  train: string;
  test: string;
}

/** Red where the answer is too bright, blue where it is too dark, as in Figure 5.1. */
function drawError(
  canvas: HTMLCanvasElement,
  clean: Float32Array,
  answer: Float32Array,
) {
  drawPixels(canvas, (i) => {
    const error = answer[i] - clean[i];
    const rest = 255 * (1 - Math.min(1, Math.abs(error)));
    return error > 0 ? colourOf(255, rest, rest) : colourOf(rest, rest, 255);
  });
}

/** The maps of a layer side by side, each from its smallest value to its largest. */
function drawMaps(
  { values, shape: [height, width, channels] }: Answer["maps"],
) {
  const canvas = byId<HTMLCanvasElement>("maps");
  const columns = 8, rows = Math.ceil(channels / columns);
  canvas.width = columns * (width + 1);
  canvas.height = rows * (height + 1);
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  // Plain loops, since this is done for 25,000 values at each answer.
  for (let channel = 0; channel < channels; channel++) {
    let low = Infinity, high = -Infinity;
    for (let i = channel; i < values.length; i += channels) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    const scale = high > low ? 255 / (high - low) : 0;
    const left = (channel % columns) * (width + 1);
    const top = Math.floor(channel / columns) * (height + 1);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const value = values[(row * width + column) * channels + channel];
        const grey = scale * (value - low);
        const place = (top + row) * canvas.width + left + column;
        pixels[place] = colourOf(grey, grey, grey);
      }
    }
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/** The scores; of an empty board they would say nothing. */
function showScores({ scores }: Answer, isEmpty: boolean) {
  for (const [name, { psnr, ssim }] of Object.entries(scores)) {
    const decibels = Number.isFinite(psnr)
      ? `${psnr.toFixed(2)} dB`
      : say("same");
    byId(`${name}-psnr`).textContent = isEmpty ? "–" : decibels;
    byId(`${name}-ssim`).textContent = isEmpty ? "–" : ssim.toFixed(3);
  }
}

async function start() {
  const data: Data = JSON.parse(byId("data").textContent!);
  const url = URL.createObjectURL(
    new Blob([WORKER], { type: "text/javascript" }),
  );
  const worker = new Worker(url);
  const test = await unpack(data.test);
  const digitOf = (number: number) =>
    Float32Array.from(
      test.subarray(784 * number, 784 * (number + 1)),
      (byte) => byte / 255,
    );

  // One question at a time: while one is answered, only the newest is kept.
  let isBusy = true, isWaiting = true;
  // As in the notebooks, whose first noisy test digit is the first one here.
  let seed = 2;
  const board = drawingBoard(byId<HTMLCanvasElement>("clean"), ask);
  const value = (id: string) => byId<HTMLInputElement>(id).value;

  function ask() {
    isWaiting = true;
    if (isBusy) return;
    isBusy = true;
    byId("try").ariaBusy = "true";
    isWaiting = false;
    const question: Question = {
      ...{ kind: "clean", clean: board.pixels.slice(), seed },
      noise: value("noise") as Noise,
      factor: Number(value("factor")),
      layer: Number(value("layer")),
    };
    worker.postMessage(question);
  }

  function show(answer: Answer) {
    isBusy = false;
    byId("try").ariaBusy = "false";
    if (isWaiting) ask(); // answered while the page draws
    const { images, maps } = answer;
    for (const [name, pixels] of Object.entries(images)) {
      drawGrey(byId<HTMLCanvasElement>(name), pixels);
    }
    drawGrey(byId<HTMLCanvasElement>("noisy-again"), images.noisy);
    drawError(byId<HTMLCanvasElement>("error"), board.pixels, images.denoised);
    drawMaps(maps);
    showScores(answer, !board.pixels.some((value) => value > 0));
  }

  const losses: number[] = [];
  function showTraining(
    { step, steps, loss }: FromWorker & { kind: "trained" },
  ) {
    if (step === 1) losses.length = 0;
    losses.push(loss);
    byId<HTMLProgressElement>("progress").value = step / steps;
    byId("loss").textContent = say("step", {
      ...{ step, steps, loss: loss.toFixed(4) },
    });
    drawCurve(byId<HTMLCanvasElement>("curve"), losses, steps);
    if (step % 5 === 0 || step === steps) ask();
    if (step === steps) stopTraining();
  }
  function stopTraining() {
    worker.postMessage({ kind: "stop" });
    const train = byId<HTMLButtonElement>("train");
    train.disabled = false;
    train.textContent = say("anew");
    const stop = byId<HTMLButtonElement>("stop");
    if (document.activeElement === stop) train.focus();
    stop.disabled = true;
  }

  worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
    if (message.kind === "cleaned") show(message);
    else if (message.kind === "trained") showTraining(message);
    else if (message.kind === "failed") fail(message.message);
    else {
      const layer = byId<HTMLSelectElement>("layer");
      message.layers.forEach((name, i) =>
        layer.add(new Option(name, String(i)))
      );
      byId("try").hidden = false;
      byId("waiting").hidden = true;
      isBusy = false;
      ask();
    }
  };
  worker.onerror = ({ message }) => fail(message ?? say("silent"));

  const showDigit = () => {
    const number = Number(value("digit"));
    byId("digit-value").textContent = say("digit", {
      ...{ number, count: test.length / 784 },
    });
    board.show(digitOf(number - 1));
  };
  // Releasing the slider shows its digit again, in case the board was cleared.
  for (const event of ["input", "pointerup"]) {
    byId("digit").addEventListener(event, showDigit);
  }
  byId("clear").addEventListener("click", () => board.clear());
  byId("again").addEventListener("click", () => {
    seed++;
    ask();
  });
  byId("factor").addEventListener("input", () => {
    byId("factor-value").textContent = Number(value("factor")).toFixed(2);
    ask();
  });
  for (const id of ["noise", "layer"]) {
    byId(id).addEventListener("change", ask);
  }
  byId("train").addEventListener("click", () => {
    byId<HTMLButtonElement>("train").disabled = true;
    const stop = byId<HTMLButtonElement>("stop");
    stop.disabled = false;
    stop.focus();
    worker.postMessage({ kind: "train" });
  });
  byId("stop").addEventListener("click", stopTraining);

  showDigit();
  const weights = bytesOf(data.weights).buffer;
  const digits = await unpack(data.train);
  const { topology, specs } = data;
  worker.postMessage(
    { kind: "setup", topology, specs, weights, digits } satisfies Setup,
  );
}

/** The loss of each step, from the first one down to 0. */
function drawCurve(
  canvas: HTMLCanvasElement,
  losses: number[],
  steps: number,
) {
  const context = canvas.getContext("2d")!;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 2;
  context.beginPath();
  losses.forEach((loss, i) =>
    context.lineTo(
      width * i / (steps - 1),
      height * (1 - Math.min(1, loss / losses[0])),
    )
  );
  context.stroke();
}

function fail(message: string) {
  byId("try").hidden = true;
  byId("waiting").hidden = false;
  byId("waiting").textContent = say("failed", { reason: message });
}

byId("waiting").hidden = false;
start().catch((error) => fail(String(error)));
