import { checkRate, checkSamples, encodeWav } from "../data/wav.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import { type Captions, checkCaptions } from "./figures.ts";
import {
  captionHtml,
  displayable,
  escapeHtml,
} from "../notebook/cell_output.ts";

/** One sound of {@linkcode soundPlayers}. */
export interface Sound {
  label: string;
  /** Pressure over time, of any size: all sounds are scaled alike. */
  samples: Float32Array;
}

/** The largest sample after scaling, a little below what clips. */
const PEAK = 0.9;
/** More bytes than these would make a notebook slow to open. */
const MAX_SAMPLES = 500_000;

/**
 * Players for sounds, one below the other, each with its label. All are scaled by
 * the same factor, so that their loudness can be compared. The sound is in the
 * output itself, as a WAV file in an address, so that it plays in JupyterLab, in VS
 * Code and in an exported page. `rate` is in samples per second.
 *
 * @example
 * ```ts
 * soundPlayers([{ label: "clean", samples }], { rate: 8_000, caption: "A tone." });
 * ```
 *
 * @throws {TypeError} when a sound or an option has the wrong type, or is unknown.
 * @throws {RangeError} when there is no sound, a sample is no finite number, the
 * rate is no whole number from 1 up, or there are more than 500,000 samples in all.
 */
export function soundPlayers(
  sounds: Sound[],
  options: { rate: number } & Pick<Captions, "caption">,
) {
  checkOptions("soundPlayers", options, ["rate", "caption"]);
  const { rate, caption } = options;
  checkCaptions({ caption });
  checkRate("play", rate);
  checkSounds(sounds);
  const peak = sounds.reduce(
    (most, { samples }) =>
      samples.reduce((most, value) => Math.max(most, Math.abs(value)), most),
    0,
  );
  const factor = peak > 0 ? PEAK / peak : 1;
  const players = sounds.map(({ label, samples }) => {
    const scaled = samples.map((value) => factor * value);
    const data = encodeWav(scaled, { rate }).toBase64();
    const name = escapeHtml(label);
    return `<div style="display: flex; align-items: center; gap: 1em; ` +
      `margin: 0.3em 0"><span style="min-width: 8em">${name}</span>` +
      `<audio controls preload="metadata" aria-label="${name}" ` +
      `src="data:audio/wav;base64,${data}"></audio></div>`;
  });
  const seconds = (sounds[0].samples.length / rate).toFixed(1);
  const names = sounds.map(({ label }) => label).join(", ");
  return displayable({
    html: `<figure style="margin: 1em 0">${players.join("")}` +
      `${captionHtml(caption)}</figure>`,
    text: `${caption ?? "Sounds."}\nPlayers of ${seconds} s each: ${names}.`,
  });
}

function checkSounds(sounds: Sound[]) {
  const isList = Array.isArray(sounds) && sounds.length > 0;
  const wrong = isList
    ? sounds.find((sound) => typeof sound?.label !== "string")
    : sounds;
  if (!isList || wrong !== undefined) {
    throw new TypeError(
      `Cannot play "${inWords(wrong)}": give a list of sounds, such as ` +
        `[{ label: "clean", samples }]`,
    );
  }
  for (const sound of sounds) {
    checkOptions("a sound of soundPlayers", sound, ["label", "samples"]);
    checkSamples(`play in "${sound.label}"`, sound.samples);
  }
  const count = sounds.reduce((sum, { samples }) => sum + samples.length, 0);
  if (count <= MAX_SAMPLES) return;
  throw new RangeError(
    `Cannot play "${count}" samples in one output: at most ${MAX_SAMPLES} keep ` +
      `a notebook small; take a part, such as samples.slice(0, 8000)`,
  );
}
