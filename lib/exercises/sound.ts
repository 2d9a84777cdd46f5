/** Checks for notebook 12. They need no network, and none of its sounds. */

import {
  type Checks,
  fieldsIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";

/** Samples of a sound in notebook 12. */
const LENGTH = 8_192;
/** Non-overlapping frames of exercise 2, in samples. */
const FRAME = 256;
/** Levels of the noise in exercise 4. */
const LEVELS = Array.from({ length: 10 }, (_, i) => 0.02 * (i + 1));

type Segmental = (clean: Float32Array, answer: Float32Array) => unknown;

export const sound: Checks = {
  "12.1": (answer) => {
    const noisy = numbersIn(answer, LENGTH);
    const tone = Array.from({ length: LENGTH }, (_, i) => Math.sin(0.3 * i));
    const noise = tone.map((value, i) => noisy[i] - value);
    const power = meanOf(noise.map((value) => value ** 2));
    insist(power > 1e-6, "This is the clean tone; noise is asked for.");
    const along = meanOf(noise.map((value, i) => value * tone[i])) / 0.5;
    insist(
      Math.abs(along) < 0.05,
      "The tone itself became louder or softer: is the noise added to it?",
    );
    const ratio = 10 * Math.log10(0.5 / power);
    const shown = `The noise is ${ratio.toFixed(1)} dB below the tone.`;
    insist(
      Math.abs(ratio - 20) > 0.3,
      `${shown} Levels are amplitudes, so their ratio is 10 to the power of ` +
        `dB / 20.`,
    );
    insist(
      Math.abs(ratio - 7) > 0.3,
      `${shown} The root mean square of a sine is not 1.`,
    );
    insist(Math.abs(ratio - 10) < 0.3, shown);
    const steady = meanOf(noise.slice(1).map((value, i) => value * noise[i]));
    insist(
      Math.abs(steady / power) < 0.1,
      "Each sample of the noise depends on the one before: draw a new number " +
        "for each.",
    );
  },
  "12.2": (answer) => {
    insist(
      typeof answer === "function",
      "The answer should be a function of the clean sound and the answer.",
    );
    const of = (ratios: number[]) => segmentalOf(answer as Segmental, ratios);
    const plain = of([20, 10, 0, 5]);
    insist(
      Math.abs(plain - overall([20, 10, 0, 5])) > 0.01,
      "This is the SNR of the whole sound; take that of each frame, and then " +
        "their mean.",
    );
    insist(
      Math.abs(plain - 8.75) < 0.01,
      `Of frames of 20, 10, 0 and 5 dB it gives ${
        plain.toFixed(2)
      }: is it the ` +
        `mean over frames of ${FRAME} samples, in dB?`,
    );
    insist(
      Math.abs(of([20, 50, 10, 10]) - 22.5) > 0.01,
      "A frame that is nearly perfect counts for too much: move its SNR down to " +
        "35 dB.",
    );
    insist(
      Math.abs(of([20, -40, 10, 10])) > 0.01,
      "A frame that is nearly lost counts for too much: move its SNR up to " +
        "-10 dB.",
    );
    const [high, low] = [of([20, 50, 10, 10]), of([20, -40, 10, 10])];
    insist(
      Math.abs(high - 18.75) < 0.01 && Math.abs(low - 7.5) < 0.01,
      "Frames outside of -10 to 35 dB count as -10 or 35; they are not left out.",
    );
  },
  "12.3": (answer) => {
    const fields = fieldsIn(answer, ["frames", "frequencies", "samples"]);
    const frames = numberIn(fields.frames, "`frames`");
    const frequencies = numberIn(fields.frequencies, "`frequencies`");
    const samples = numberIn(fields.samples, "`samples`");
    insist(
      frequencies !== 3,
      "`frequencies` is that of one layer; four follow each other.",
    );
    const reach = 1 + 2 * 4;
    insist(
      frequencies === reach,
      "`frequencies` is wrong: each window of 3 adds one cell on either side.",
    );
    insist(
      frames !== reach,
      "`frames` is that of windows without gaps; two layers are dilated.",
    );
    const wide = 1 + 2 * (1 + 2 + 4 + 1);
    insist(
      frames === wide,
      "`frames` is wrong: a window of 3 that is dilated by d adds d frames on " +
        "either side.",
    );
    insist(
      samples !== wide * 128,
      "`samples` is too small: the last frame is longer than a step.",
    );
    insist(
      samples !== wide * 512,
      "`samples` is too large: frames overlap.",
    );
    insist(
      samples === (wide - 1) * 128 + 512,
      "`samples` is wrong: how many are there from the first of the first " +
        "frame to the last of the last?",
    );
  },
  "12.4": (answer) => {
    const estimates = Array.from(numbersIn(answer, LEVELS.length));
    const ratios = estimates.map((level, i) => level / LEVELS[i]);
    insist(
      ratios.every((ratio) => ratio > 0),
      "A level is above zero.",
    );
    insist(
      ratios.some((ratio) => Math.abs(ratio - 1) > 1e-6),
      "These are the levels themselves; estimates are asked for.",
    );
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const isOff = Math.max(most - 1, 1 - least) > 0.15;
    insist(
      !isOff || most / least > 1.1,
      `All estimates are off by about the same factor, ` +
        `${
          meanOf(ratios).toFixed(2)
        }: how does the noise's power follow from ` +
        `what you measured?`,
    );
    insist(
      !isOff || ratios[0] < 1.5,
      "Soft noise is estimated far too loud, since the melody is counted too. " +
        "Most cells of the spectrogram have no melody in them.",
    );
    insist(!isOff, "An estimate is off by more than 15 in 100.");
  },
};

function meanOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Loudness of the frames that {@linkcode segmentalOf} makes. */
const LOUDNESS = [1, 0.5, 2, 1];

/** What a function gives for a sound whose frames have these SNRs, in dB. */
function segmentalOf(segmental: Segmental, ratios: number[]): number {
  const clean = new Float32Array(ratios.length * FRAME);
  const answer = clean.map((_, i) => {
    const frame = Math.floor(i / FRAME), sign = i % 2 ? 1 : -1;
    clean[i] = sign * LOUDNESS[frame];
    return clean[i] + LOUDNESS[frame] * 10 ** (-ratios[frame] / 20);
  });
  return numberIn(segmental(clean, answer), "What the function gives");
}

/** The SNR of such a sound as a whole, in dB. */
function overall(ratios: number[]): number {
  const powers = LOUDNESS.map((value) => value ** 2);
  const errors = ratios.map((ratio, i) => powers[i] * 10 ** (-ratio / 10));
  return 10 * Math.log10(meanOf(powers) / meanOf(errors));
}
