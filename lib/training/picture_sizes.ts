/** Why a network answers with pictures of another size than it takes. */

import type * as tf from "@tensorflow/tfjs";

/** Where a layer changes the height or the width. */
interface Change {
  name: string;
  from: number;
  to: number;
}

/**
 * Says which layers change the size of a model's pictures, and what to do, or
 * undefined where they do not: of 25 x 25 pictures, halved to 13 and to 7, doubling
 * makes 28 x 28.
 */
export function whyOtherSize(model: tf.LayersModel): string | undefined {
  const [input, output] = [model.inputs[0].shape, model.outputs[0].shape];
  const axis = [1, 2].find((axis) => input[axis] !== output[axis]);
  if (input.length !== 4 || output.length !== 4 || !axis) return undefined;
  const changes = changesOf(model, axis);
  const uneven = changes.find(({ from, to }) =>
    to * shrinkage(from, to) < from ||
    to < from && to * shrinkage(from, to) > from
  );
  const last = changes.at(-1);
  if (!uneven || !last) {
    return last && `its layer "${last.name}" makes ${last.to} of ${last.from}`;
  }
  const { name, from, to } = uneven;
  const ends = uneven === last
    ? ""
    : `, and its layer "${last.name}" ends with ${last.to}`;
  const multiple = changes
    .reduce((product, { from, to }) => product * shrinkage(from, to), 1);
  return `its layer "${name}" makes ${to} of ${from}${ends}; ` +
    (shrinkage(from, to) === 1
      ? `give that layer padding: "same"`
      : `pad or resize the pictures to a multiple of ${multiple}`);
}

function changesOf(model: tf.LayersModel, axis: number): Change[] {
  return model.layers.flatMap(({ name, input, output }) => {
    const [from, to] = [input, output]
      .map((tensor) => [tensor].flat()[0].shape[axis]);
    return from && to && from !== to ? [{ name, from, to }] : [];
  });
}

/** By how much a layer divides a size, 1 where it does not. */
function shrinkage(from: number, to: number): number {
  return Math.max(1, Math.round(from / to));
}
