/** What the page "Try it" and its worker say to each other. */

/** Kinds of noise that the page offers. */
export type Noise = "gaussian" | "salt" | "poisson";

/** What the page hands over once: the trained network, and digits to train on. */
export interface Setup {
  kind: "setup";
  /** The layers, as tfjs describes them. */
  topology: object;
  /** Names, shapes and types of the weights, in the order of `weights`. */
  specs: { name: string; shape: number[]; dtype: "float32" }[];
  weights: ArrayBuffer;
  /** 1,000 training digits, 784 bytes each. */
  digits: Uint8Array;
}

/** One digit to add noise to, and to clean. */
export interface Question {
  kind: "clean";
  /** 784 pixels in [0, 1]. */
  clean: Float32Array;
  noise: Noise;
  /** How much noise, from 0 to 1. */
  factor: number;
  /** Of the noise's random numbers. */
  seed: number;
  /** The layer whose maps are wanted, from 0. */
  layer: number;
}

export type ToWorker = Setup | Question | { kind: "train" | "stop" };

/** How close an image is to the clean one. */
export interface Scores {
  /** In dB. */
  psnr: number;
  ssim: number;
}

/** The images that are made of a clean one; `own` is by the page's own network. */
export type ImageName = "noisy" | "median" | "denoised" | "own";

/** What became of a digit: images of 784 pixels, and their scores. */
export interface Answer {
  kind: "cleaned";
  images: Record<ImageName, Float32Array>;
  scores: Record<ImageName, Scores>;
  /** The answer of the layer, channels last. */
  maps: { values: Float32Array; shape: [number, number, number] };
}

/** Where the training in the page is. */
export interface Trained {
  kind: "trained";
  step: number;
  steps: number;
  loss: number;
}

export type FromWorker =
  | Answer
  | Trained
  | { kind: "ready"; layers: string[] }
  | { kind: "failed"; message: string };
