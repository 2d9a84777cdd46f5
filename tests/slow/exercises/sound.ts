/** Right and wrong answers to the exercises of notebook 12. */

import { Random } from "../../../lib/data/random.ts";
import { mean } from "../../../lib/scores/metrics.ts";
import type { Case } from "./case.ts";

const tone = Float32Array.from({ length: 8_192 }, (_, i) => Math.sin(0.3 * i));
const withNoise = (level: number, sound = tone) => {
  const random = new Random(1);
  return sound.map((value) => value + level * random.normal());
};
const level = Math.SQRT1_2 * 10 ** (-10 / 20);
const slow = () => {
  const random = new Random(1);
  let last = 0;
  return tone.map((value) => {
    last = 0.9 * last + Math.sqrt(0.19) * random.normal();
    return value + level * last;
  });
};

type Sound = Float32Array;
const ratio = (clean: Sound, answer: Sound) => {
  const power = (values: Sound) => mean(values.map((value) => value ** 2));
  const error = answer.map((value, i) => value - clean[i]);
  return 10 * Math.log10(power(clean) / power(error));
};
const segments = (clean: Sound, answer: Sound, frame = 256) =>
  Array.from({ length: clean.length / frame }, (_, i) => {
    const [from, to] = [frame * i, frame * (i + 1)];
    return ratio(clean.slice(from, to), answer.slice(from, to));
  });
const within = (low: number, high: number) => (clean: Sound, answer: Sound) =>
  mean(segments(clean, answer).map((dB) => Math.min(high, Math.max(low, dB))));
const leavingOut = (clean: Sound, answer: Sound) =>
  mean(segments(clean, answer).filter((dB) => dB >= -10 && dB <= 35));

const levels = Array.from({ length: 10 }, (_, i) => 0.02 * (i + 1));
const times = (factors: (i: number) => number) =>
  levels.map((value, i) => value * factors(i));

/** By the exercise's id. */
export const sound: Record<string, Case> = {
  "12.1": {
    right: [withNoise(level), Array.from(withNoise(1.02 * level))],
    wrong: [
      [/clean tone/, tone],
      [/20\.\d dB below the tone\. Levels/, withNoise(Math.SQRT1_2 / 10)],
      [/of a sine is not 1/, withNoise(10 ** (-10 / 20))],
      [/louder or softer/, withNoise(level, tone.map((value) => 2 * value))],
      [/is 5\.\d dB below/, withNoise(Math.SQRT1_2 * 10 ** (-5 / 20))],
      [/depends on the one before/, slow()],
      [/a list of 8,192 numbers; there are 3/, [1, 2, 3]],
    ],
  },
  "12.2": {
    right: [within(-10, 35)],
    wrong: [
      [/of the whole sound/, ratio],
      [
        /it gives 8\.08/,
        (...[c, a]: [Sound, Sound]) => mean(segments(c, a, 512)),
      ],
      [/down to 35/, within(-10, Infinity)],
      [/up to -10/, within(-Infinity, 35)],
      [/not left out/, leavingOut],
      [/What the function gives should be a number/, () => undefined],
    ],
  },
  "12.3": {
    right: [{ frames: 17, frequencies: 9, samples: 2_560 }],
    wrong: [
      [/that of one layer/, { frames: 3, frequencies: 3, samples: 768 }],
      [/on either side/, { frames: 17, frequencies: 17, samples: 2_560 }],
      [/without gaps/, { frames: 9, frequencies: 9, samples: 1_536 }],
      [/dilated by d/, { frames: 15, frequencies: 9, samples: 2_304 }],
      [/too small/, { frames: 17, frequencies: 9, samples: 17 * 128 }],
      [/too large/, { frames: 17, frequencies: 9, samples: 17 * 512 }],
      [/how many/, { frames: 17, frequencies: 9, samples: 2_047 }],
    ],
  },
  "12.4": {
    right: [times((i) => i % 2 ? 1.04 : 0.97)],
    wrong: [
      [/the levels themselves/, levels],
      [/above zero/, times(() => -1)],
      [/same factor, 0\.83/, times(() => Math.sqrt(Math.LN2))],
      [/far too loud/, times((i) => 1 + 4 / (i + 1) ** 2)],
      [/more than 15 in/, times((i) => i === 4 ? 1.3 : 1.01)],
      [/a list of 10 numbers/, [0.1]],
    ],
  },
};
