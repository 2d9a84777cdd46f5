/** Random sequences of recurrent layers, and their gradients, in float64. */

import {
  CELLS,
  type SequenceAttributes,
} from "../../../lib/backend/recurrent/kernels.ts";
import {
  GRU,
  HARD_SIGMOID,
  LINEAR,
  LSTM,
  RELU,
  SIGMOID,
  SIMPLE,
  TANH,
} from "../../../lib/backend/threads/jobs.ts";
import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

type Numbers = ArrayLike<number>;

const clipped = (x: number) => Math.min(Math.max(x, 0), 1);

interface Activation {
  keep: (x: number) => number;
  value: (x: number) => number;
  slope: (x: number) => number;
}

/** What is kept of an activation, its value and its slope, by their numbers. */
const ACTIVATIONS = {
  [LINEAR]: { keep: (x: number) => x, value: (x: number) => x, slope: () => 1 },
  [RELU]: {
    keep: (x: number) => Math.max(x, 0),
    value: (x: number) => x,
    slope: (x: number) => Number(x > 0),
  },
  [TANH]: {
    keep: Math.tanh,
    value: (x: number) => x,
    slope: (x: number) => 1 - x * x,
  },
  [SIGMOID]: {
    keep: (x: number) => 1 / (1 + Math.exp(-x)),
    value: (x: number) => x,
    slope: (x: number) => x * (1 - x),
  },
  [HARD_SIGMOID]: {
    keep: (x: number) => 0.2 * x + 0.5,
    value: clipped,
    slope: (x: number) => x >= 0 && x <= 1 ? 0.2 : 0,
  },
} as Record<number, Activation>;

interface Drawn {
  attrs: SequenceAttributes;
  batch: number;
  time: number;
  units: number;
  width: number;
  recurrentKernel: Input;
  mask: Input;
  /** A tensor of random numbers. */
  floats(...shape: number[]): Input;
}

function drawn(draw: Draw): Drawn {
  const cell = draw.pick([LSTM, GRU, SIMPLE]);
  const isLarge = draw.once(4);
  const batch = draw.between(1, isLarge ? 40 : 5);
  const units = draw.between(1, isLarge ? 40 : 9), time = draw.between(1, 5);
  const width = CELLS[cell].gates * units;
  const floats = (...shape: number[]) => draw.floats(shape, "floats");
  const recurrentKernel = floats(units, width);
  recurrentKernel.values = recurrentKernel.values
    .map((value) => value / Math.sqrt(units));
  const mask = draw.once(2) ? floats(batch, time) : floats(0);
  mask.values = mask.values.map((value) => Number(value > -0.5));
  const activation = () => draw.pick(Object.keys(ACTIVATIONS).map(Number));
  const attrs = {
    cell,
    activation: activation(),
    recurrentActivation: activation(),
    goBackwards: draw.once(2),
    returnsSequence: draw.once(2),
    keeps: draw.once(2),
  };
  return {
    ...{ attrs, batch, time, units, width, recurrentKernel, mask, floats },
  };
}

/** The activations of the gates and the layer's own. */
function activationsOf(
  { activation, recurrentActivation }: SequenceAttributes,
) {
  const outer = ACTIVATIONS[activation],
    gate = ACTIVATIONS[recurrentActivation];
  return { outer, gate };
}

/** All steps in their order: the place of each in time, and whether it is masked. */
function stepsOf({ attrs, batch, time, mask }: Drawn) {
  return Array.from({ length: batch * time }, (_, i) => {
    const b = Math.floor(i / time), step = i % time;
    const t = attrs.goBackwards ? time - 1 - step : step;
    const isMasked = mask.values.length > 0 && mask.values[b * time + t] === 0;
    return { b, step, at: b * time + t, out: i, isMasked };
  });
}

function sequence(draw: Draw): Case {
  const all = drawn(draw), { attrs, batch, time, units, width } = all;
  const { cell, keeps } = attrs, { hasC, keepsInner } = CELLS[cell];
  const { outer, gate } = activationsOf(attrs);
  const x = all.floats(batch, time, width), h = all.floats(batch, units);
  const c = all.floats(batch, units), bias = all.floats(width);
  const hasBias = draw.once(2), weights = all.recurrentKernel.values;
  const empty = (length: number) => new Float64Array(length);
  const gates = empty(batch * time * width);
  const [previous, inner, after] = [0, 1, 2]
    .map(() => empty(batch * time * units));
  const state = Float64Array.from(h.values),
    cells = Float64Array.from(c.values);
  for (const { b, at, out, isMasked } of stepsOf(all)) {
    const now = state.subarray(b * units, (b + 1) * units);
    const carried = cells.subarray(b * units, (b + 1) * units);
    const kept = gates.subarray(at * width, (at + 1) * width);
    const within = inner.subarray(at * units, (at + 1) * units);
    previous.set(now, at * units);
    if (cell === LSTM) within.set(carried);
    for (let j = 0; j < width; j++) {
      const isLast = cell === GRU && j >= 2 * units;
      const isOuter = cell === SIMPLE || Math.floor(j / units) === 2;
      let sum = x.values[at * width + j] + (hasBias ? bias.values[j] : 0);
      for (let i = 0; i < units; i++) {
        if (isLast) within[i] = gate.value(kept[units + i]) * now[i];
        sum += (isLast ? within : now)[i] * weights[i * width + j];
      }
      kept[j] = (isOuter ? outer : gate).keep(sum);
    }
    for (let i = 0; i < units && !isMasked; i++) {
      if (cell === SIMPLE) now[i] = outer.value(kept[i]);
      else if (cell === GRU) {
        const z = gate.value(kept[i]);
        now[i] = z * now[i] + (1 - z) * outer.value(kept[2 * units + i]);
      } else {
        carried[i] = gate.value(kept[units + i]) * carried[i] +
          gate.value(kept[i]) * outer.value(kept[2 * units + i]);
        now[i] = gate.value(kept[3 * units + i]) *
          outer.value(outer.keep(carried[i]));
      }
    }
    after.set(now, out * units);
  }
  const expected: Numbers[] = [
    ...keeps ? [gates, previous] : [],
    ...keeps && keepsInner ? [inner] : [],
    ...hasC ? [state, cells] : [state],
    ...attrs.returnsSequence ? [after] : [],
  ];
  const { recurrentKernel, mask } = all;
  const inputs = {
    ...{ x, recurrentKernel, mask, h },
    ...hasC && { c },
    ...hasBias && { bias },
  };
  return { inputs, attrs, expected, near: "norm" };
}

function sequenceGradient(draw: Draw): Case {
  const all = drawn(draw), { attrs, batch, time, units, width } = all;
  const { cell } = attrs, { outer, gate } = activationsOf(attrs);
  const gates = all.floats(batch, time, width), kept = gates.values;
  const [previous, inner, dSequence] = [0, 1, 2]
    .map(() => all.floats(batch, time, units));
  const dh = all.floats(batch, units), dc = all.floats(batch, units);
  const weights = all.recurrentKernel.values;
  const dx = new Float64Array(batch * time * width);
  const dKernel = new Float64Array(units * width);
  const dState = Float64Array.from(dh.values);
  const dCells = Float64Array.from(dc.values);
  for (const { b, at, out, isMasked } of stepsOf(all).reverse()) {
    const d = dState.subarray(b * units, (b + 1) * units);
    const dCarried = dCells.subarray(b * units, (b + 1) * units);
    const dGates = dx.subarray(at * width, (at + 1) * width);
    const before = previous.values.subarray(at * units, (at + 1) * units);
    const within = inner.values.subarray(at * units, (at + 1) * units);
    if (attrs.returnsSequence) {
      d.forEach((_, i) => d[i] += dSequence.values[out * units + i]);
    }
    if (isMasked) continue;
    /** Gradient of what was multiplied with the columns of the gates j. */
    const back = (i: number, [first, end]: number[]) => {
      let sum = 0;
      for (let j = first; j < end; j++) {
        sum += dGates[j] * weights[i * width + j];
      }
      return sum;
    };
    const slot = (number: number, i: number) => number * units + i;
    const keptAt = (number: number, i: number) =>
      kept[at * width + slot(number, i)];
    const rest = d.map((_, i) => {
      const [k0, k1, k2, k3] = [0, 1, 2, 3].map((n) => keptAt(n, i));
      if (cell === SIMPLE) {
        dGates[i] = d[i] * outer.slope(k0);
        return 0;
      }
      if (cell === GRU) {
        const z = gate.value(k0);
        dGates[i] = d[i] * (before[i] - outer.value(k2)) * gate.slope(k0);
        dGates[slot(2, i)] = d[i] * (1 - z) * outer.slope(k2);
        return d[i] * z;
      }
      const [inValue, forget] = [gate.value(k0), gate.value(k1)];
      const c = outer.keep(forget * within[i] + inValue * outer.value(k2));
      const total = dCarried[i] + d[i] * gate.value(k3) * outer.slope(c);
      dGates[i] = total * outer.value(k2) * gate.slope(k0);
      dGates[slot(1, i)] = total * within[i] * gate.slope(k1);
      dGates[slot(2, i)] = total * inValue * outer.slope(k2);
      dGates[slot(3, i)] = d[i] * outer.value(c) * gate.slope(k3);
      dCarried[i] = total * forget;
      return 0;
    });
    const end = cell === GRU ? 2 * units : width;
    if (cell === GRU) {
      const dWithin = d.map((_, i) => back(i, [end, width]));
      dWithin.forEach((value, i) => {
        dGates[slot(1, i)] = value * before[i] * gate.slope(keptAt(1, i));
        rest[i] += value * gate.value(keptAt(1, i));
      });
    }
    d.set(rest.map((value, i) => value + back(i, [0, end])));
    for (let i = 0; i < units; i++) {
      for (let j = 0; j < width; j++) {
        dKernel[i * width + j] += (j < end ? before : within)[i] * dGates[j];
      }
    }
  }
  const { recurrentKernel, mask } = all, { hasC, keepsInner } = CELLS[cell];
  return {
    inputs: {
      ...{ recurrentKernel, mask, gates, previous, dh },
      ...keepsInner && { inner },
      ...hasC && { dc },
      ...attrs.returnsSequence && { dSequence },
    },
    attrs,
    expected: [dx, dKernel, dState, ...hasC ? [dCells] : []],
    near: "norm",
  };
}

/** A generator for each kernel. */
export const sequenceCases = {
  RecurrentSequence: sequence,
  RecurrentSequenceGrad: sequenceGradient,
};
