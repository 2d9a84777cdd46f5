/** Where ours may differ, mostly since tfjs is wrong, or no call is made. */

import { util } from "@tensorflow/tfjs-core";
import type { Call } from "./call.ts";
import { type Argument, drawnOf, isDrawn } from "./draw.ts";
import { isKernel } from "./operations.ts";

/** Such a place, by its call and what differs. */
export interface Known {
  reason: string;
  isIt: (call: Call, difference: string) => boolean;
}

/** Where each operation that draws numbers has its seed. */
const SEEDS: Record<string, number> = {
  ...{ dropout: 3, multinomial: 2, randomGamma: 4, randomNormal: 4 },
  ...{ randomStandardNormal: 2, randomUniform: 4, randomUniformInt: 3 },
  truncatedNormal: 4,
};

/** The numbers that a message names: "2,3", "2, 3" or "2 x 3". */
function numbersOf(text: string): number[] {
  return text.split(/, ?| x /).filter(Boolean).map(Number);
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 0;
}

/** The shapes of the tensors of a call, in their order. */
function shapesOf(call: Call): number[][] {
  return drawnOf(call.arguments).map(({ shape }) => shape);
}

/** The attributes of a kernel's call. */
function attributesOf({ arguments: [, attributes] }: Call) {
  return (attributes ?? {}) as Record<string, Argument>;
}

/** What such a call says of resizing. */
function resizing(call: Call) {
  const [images = [], dy = []] = shapesOf(call);
  const [, size, align, half] = call.arguments;
  if (!isKernel(call.name)) return { images, size, align, half };
  const { alignCorners, halfPixelCenters } = attributesOf(call);
  return {
    images,
    size: dy.slice(1, 3),
    align: alignCorners,
    half: halfPixelCenters,
  };
}

/** Whether a gradient of such operations is taken, or its kernel called. */
function isGradient({ name, hasGradient }: Call, names: RegExp): boolean {
  return (hasGradient || /^kernel .*Grad$/.test(name)) && names.test(name);
}

/** Whether sizes are rounded otherwise than down. */
function isRounded(call: Call): boolean {
  return /"(ceil|round)"/.test(JSON.stringify(call.arguments));
}

/**
 * Whether windows may hang over the edge, or are none. By a padding that is a
 * number tfjs places their columns as if they were as wide as they are high.
 */
function hangsOver(call: Call): boolean {
  const [, window, , pad] = call.arguments;
  const attributes = isKernel(call.name)
    ? attributesOf(call)
    : { filterSize: window, pad };
  const isInside = attributes.pad === "valid" || Array.isArray(attributes.pad);
  const isWindow = [attributes.filterSize].flat()
    .every((size) => Number.isInteger(size) && Number(size) > 0);
  return isRounded(call) || !isInside || !isWindow;
}

/** The axes of both factors that count matrices. */
function batchesOf(call: Call): number[][] {
  return shapesOf(call).slice(0, 2).map((shape) => shape.slice(0, -2));
}

const NUMBERS = /^numbers? |^\d+ numbers/;

/**
 * Faults of the judge: tfjs as it comes. Those that our backend corrects are listed in
 * lib/backend/fixes/README.md.
 */
export const KNOWN: Known[] = [{
  reason:
    "cpu goes on with a tensor of a size below zero or between whole numbers, " +
    "and answers what is left of it",
  isIt: (_, difference) => {
    const [, shape] = difference.match(
      /^RangeError: Cannot make a tensor of shape "\[(.*?)\]".* where cpu: [a-z]/,
    ) ?? [];
    return shape !== undefined && !numbersOf(shape).every(isSize);
  },
}, {
  reason: "cpu goes on with a window that is larger than its image, which " +
    "padding below zero makes smaller",
  isIt: (call, difference) => {
    const [, window, image] = difference.match(
      /^RangeError: Cannot move a window of "(.*)" over an image of (.*?): .* where cpu: [a-z]/,
    ) ?? [];
    if (window === undefined) return false;
    const sizes = numbersOf(image);
    const isLarger = numbersOf(window)
      .some((size, axis) => !(size <= sizes[axis]));
    const text = JSON.stringify(call.arguments);
    return isLarger && !/"same"/.test(text) || /[:[,]-/.test(text);
  },
}, {
  reason:
    "cpu takes other axes where one is named twice, or is no whole number",
  isIt: (_, difference) => {
    const [, axes, shape] = difference.match(
      /^RangeError: Cannot use "(.*)" as axes of the shape \[(.*?)\]/,
    ) ?? [];
    if (axes === undefined) return false;
    const { length } = numbersOf(shape);
    const places = numbersOf(axes).map((axis) =>
      axis < 0 ? axis + length : axis
    );
    return new Set(places).size < places.length ||
      !places.every(Number.isInteger);
  },
}, {
  reason: "cpu goes on with a gradient of another shape than the outputs have",
  isIt: (_, difference) => {
    const [, dy, images, outputs] = difference.match(
      /^RangeError: Cannot use a gradient of shape "\[(.*)\]": images of shape \[(.*)\] give outputs of shape \[(.*?)\], where cpu: [a-z]/,
    ) ?? [];
    return dy !== outputs ||
      dy !== undefined && numbersOf(images).length !== numbersOf(dy).length;
  },
}, {
  reason: "cpu goes on with a filter for other channels than the images have",
  isIt: (_, difference) => {
    const [, filter, channels] = difference.match(
      /^RangeError: Cannot make a filter's gradient of shape "\[(.*)\]" over images of (.*) channels.* where cpu: [a-z]/,
    ) ?? [];
    return filter !== undefined && numbersOf(filter)[2] !== Number(channels);
  },
}, {
  reason: "ResizeNearestNeighborGrad takes the gradient of every image from " +
    "where that of the first is, and no notice of halfPixelCenters",
  isIt: (call, difference) => {
    if (!isGradient(call, /nearestNeighbor/i)) return false;
    const { images, half } = resizing(call);
    return (images[0] > 1 || Boolean(half)) && NUMBERS.test(difference);
  },
}, {
  reason: "ResizeNearestNeighborGrad gives floats the images' dtype",
  isIt: ({ name }, difference) =>
    name === "kernel ResizeNearestNeighborGrad" &&
    /^float32 .*, not (bool|int32) /.test(difference),
}, {
  reason: "ResizeBilinearGrad exchanges height and width of its answer, and " +
    "takes no notice of halfPixelCenters",
  isIt: (call, difference) => {
    if (!isGradient(call, /bilinear/i)) return false;
    const { images: [, height, width], half } = resizing(call);
    return height === width
      ? Boolean(half) && NUMBERS.test(difference)
      : /, not float32|where cpu: Error: Error in gradient for op ResizeBilinear/
        .test(difference);
  },
}, {
  reason: "AvgPoolGrad and AvgPool3DGrad divide by all of a window's pixels " +
    "where AvgPool divides by those inside the image",
  isIt: (call, difference) =>
    isGradient(call, /avgPool|^pool$/i) && hangsOver(call) &&
    NUMBERS.test(difference),
}, {
  reason: "the gradients of conv2d, maxPool and avgPool round sizes down, " +
    "however the operation has rounded them",
  isIt: (call, difference) =>
    call.hasGradient && isRounded(call) &&
      /^((fused\.)?conv2d|conv1d|maxPool|avgPool|pool)$/.test(call.name) &&
      /^numbers? |where cpu: Error/.test(difference) ||
    call.name === "kernel AvgPoolGrad" &&
      /^Error: Unknown roundingMode/.test(difference),
}, {
  reason: "mirrorPad's gradient leaves out what the mirrored ends get",
  isIt: (call, difference) =>
    call.hasGradient && call.name === "mirrorPad" &&
    /[1-9]/.test(`${call.arguments[1]}`) && NUMBERS.test(difference),
}, {
  reason: "cpu sums up along no axis, or another, where it is below zero, " +
    "beyond the last or none",
  isIt: ({ name, arguments: [, axis] }, difference) =>
    /^cum(sum|prod)$/.test(name) &&
      !(Number.isInteger(axis) && Number(axis) >= 0) &&
      / where cpu: /.test(difference) ||
    /^cum(sum|prod)$/.test(name) &&
      /^Error: All values in axis param must be in range/.test(difference),
}, {
  reason: "cumsum's gradient is transposed where the axis is not the last",
  isIt: (call, difference) => {
    const { name, hasGradient, arguments: [, axis] } = call;
    const rank = shapesOf(call)[0]?.length;
    const isLast = [-1, rank - 1].includes(Number(axis ?? 0));
    return hasGradient && name === "cumsum" && !isLast &&
      /^numbers? |where cpu: Error: Error in (gradient for op Cumsum|transpose)/
        .test(difference);
  },
}, {
  reason:
    "cpu leaves out what lies around an image; ours multiplies zeros there, so " +
    "that a weight that is not finite makes NaN at the edge",
  isIt: ({ name, arguments: [first, second] }, difference) => {
    const inputs = drawnOf(isDrawn(first) ? [first, second] : first);
    const weights = /^kernel Conv[23]D/.test(name) ? inputs : inputs.slice(1);
    return /conv[123]d/i.test(name) && /^number \d+ is NaN/.test(difference) &&
      weights.some(({ kind }) => kind === "special");
  },
}, {
  reason: "cpu refuses the gradients of dilated convolutions",
  isIt: (_, difference) =>
    /where cpu: Error: Error in gradient of [\w ]+: dilation rates/.test(
      difference,
    ),
}, {
  reason:
    "the gradients of a depthwise convolution take no notice of dilations",
  isIt: (call, difference) => {
    const { dilations } = attributesOf(call);
    return /^kernel DepthwiseConv2dNativeBackprop/.test(call.name) &&
      [dilations].flat().some((dilation) => Number(dilation) > 1) &&
      NUMBERS.test(difference);
  },
}, {
  reason:
    "MaxPool3DGrad gives gradients to some pixels of a window that is no " +
    "whole number of them, and the corrected kernel to others",
  isIt: (call, difference) => {
    const size = isKernel(call.name)
      ? attributesOf(call).filterSize
      : call.arguments[1];
    const isWindow = [size].flat().every((one) => Number.isInteger(one));
    return isGradient(call, /maxPool3d/i) && !isWindow &&
      NUMBERS.test(difference);
  },
}, {
  reason: "FusedBatchNorm gives floats the images' dtype",
  isIt: ({ name }, difference) =>
    /^batchNorm/.test(name) &&
    /^float32 .*, not (bool|int32) /.test(difference),
}, {
  reason: "tile has a gradient of at most four axes",
  isIt: (_, difference) =>
    /where cpu: Error: .*Gradient for tile operation is not implemented/
      .test(difference),
}, {
  reason:
    "cpu multiplies the rows of other segments by zero, and adds them: one " +
    "number that is not finite makes NaN of all sums",
  isIt: ({ name, arguments: [x] }, difference) =>
    /unsortedSegmentSum/i.test(name) && isDrawn(x) && x.kind === "special" &&
    /, not NaN$/.test(difference),
}, {
  reason: "what fixes/missing_gradients.ts adds, depthToSpace and " +
    "conv3dTranspose have no gradient",
  isIt: (_, difference) => {
    const [, kernel] = difference.match(
      /where cpu: Error: .*gradient function not found for (\w+)/,
    ) ?? [];
    return /^(DepthToSpace|Conv3DBackpropInputV2|StridedSlice|TopK|Einsum|Diag|(Gather|Scatter)Nd|Cumprod|TensorScatterUpdate|FlipLeftRight|Equal|NotEqual|Greater|Less|LessEqual|Logical(And|Or|Not)|All|Any)$/
      .test(kernel);
  },
}, {
  reason: "maximum, minimum and squaredDifference do not sum over what repeats",
  isIt: (_, difference) =>
    /where cpu: Error: Error in gradient for op (Maximum|Minimum|SquaredDifference)\. The gradient of input '[ab]' has shape/
      .test(difference),
}, {
  reason: "of one part split and unstack have no gradient",
  isIt: (_, difference) =>
    /where cpu: Error: (Argument tensors passed to stack must be|Pass at least one tensor to concat)/
      .test(difference),
}, {
  reason:
    "BatchMatMul takes the wrong matrices, or too few, where one repeats " +
    "along an inner axis",
  isIt: (call, difference) => {
    if (!/^(fused\.)?matMul$/.test(call.name)) return false;
    const [a, b] = batchesOf(call);
    const sizes = [a, b].map((batch) => util.sizeFromShape(batch));
    const isOne = sizes.includes(1) || `${a}` === `${b}`;
    return !isOne && NUMBERS.test(difference);
  },
}, {
  reason: "BatchMatMul's gradients are not summed over what repeats",
  isIt: (call, difference) => {
    if (!isGradient(call, /^(fused\.)?matMul$/)) return false;
    const [a, b] = batchesOf(call);
    return `${a}` !== `${b}` &&
      /where cpu: Error: Error in gradient for op (BatchMatMul|fusedMatMul__op)/
        .test(difference);
  },
}, {
  reason: "batchNorm has no gradient without a scale or an offset",
  isIt: ({ name, hasGradient, arguments: [, , , offset, scale] }, difference) =>
    hasGradient && /^batchNorm/.test(name) &&
    (offset == null || scale == null) &&
    /where cpu: TypeError: Cannot read properties of undefined/
      .test(difference),
}, {
  reason: "FusedBatchNorm reads means and the like one after the other, " +
    "whatever their shape is",
  isIt: (call, difference) => {
    if (!/^batchNorm/.test(call.name)) return false;
    const [, numbers, images] = difference.match(
      /^RangeError: Cannot normalise by numbers of shape "\[(.*)\]": they cannot be broadcast to \[(.*)\], where cpu: [a-z]/,
    ) ?? [];
    if (numbers === undefined) {
      const [whole = [], ...others] = shapesOf(call);
      // Right are those that repeat along the first axes alone.
      const isRight = (shape: number[]) => {
        const added = whole.length - shape.length;
        const first = shape.findIndex((size) => size !== 1);
        return first < 0 ||
          shape.every((size, axis) =>
            axis < first || size === whole[added + axis]
          );
      };
      return NUMBERS.test(difference) && !others.every(isRight);
    }
    const [shape, whole] = [numbersOf(numbers), numbersOf(images)];
    const added = whole.length - shape.length;
    return added < 0 ||
      shape.some((size, axis) => size !== 1 && size !== whole[added + axis]);
  },
}, {
  reason: "a seed of 0 or NaN is none to tfjs: then it draws others each time",
  isIt: ({ name, arguments: arguments_ }, difference) =>
    name in SEEDS && !arguments_[SEEDS[name]] &&
    /^numbers? /.test(difference),
}, {
  reason:
    "where a window's largest is -Infinity, cpu gives its gradient to no " +
    "pixel; ours to the first that has it, as where it is any other number",
  isIt: ({ name, arguments: [x], hasGradient }, difference) =>
    hasGradient && /^(maxPool|pool)$/.test(name) && isDrawn(x) &&
    x.kind === "special" && /^numbers are off/.test(difference),
}, {
  reason:
    "tfjs-core keeps what customGrad was given to save, when its function " +
    "throws afterwards",
  isIt: ({ name, hasGradient }, difference) =>
    hasGradient && name === "losses.softmaxCrossEntropy" &&
    /are kept \(Error: neg does not support/.test(difference),
}, {
  reason: "cpu's BatchToSpaceND, when it throws in its last step, gives back " +
    "nothing of what it made before",
  isIt: ({ name }, difference) =>
    /^(spaceToBatchND|batchToSpaceND)$/.test(name) &&
    /^0 tensors and \d+ bytes are kept \(Error: (Error in slice|Negative size|Tensor must have a shape)/
      .test(difference),
}];

/** Calls that may never come back from the judge, so it is not asked. */
export const ENDLESS_ON_CPU: Known[] = [{
  reason: "windows are moved in steps of zero for ever, or of half a pixel",
  isIt: (_, error) => {
    const [, steps] =
      error.match(/^RangeError: Cannot move a window in steps of "(.*)"/) ?? [];
    return steps !== undefined &&
      !numbersOf(steps).every((step) => Number.isInteger(step) && step > 0);
  },
}, {
  reason: "ResizeNearestNeighborGrad looks for all pixels, infinitely many, " +
    "that copy the only row or column where corners are aligned",
  isIt: (call) => {
    if (!isGradient(call, /nearestNeighbor/i)) return false;
    const { images: [, ...from], size, align } = resizing(call);
    return Boolean(align) && Array.isArray(size) &&
      size.some((to, axis) => from[axis] === 1 && Number(to) > 1);
  },
}, {
  reason: "cpu takes minutes for large windows over a large image",
  isIt: ({ name, arguments: [x, window] }) =>
    /pool/i.test(name) && isDrawn(x) && util.sizeFromShape(x.shape) > 1e5 &&
    [window].flat().some((size) => Number(size) > 9),
}];

/** Calls that never come back, on any backend; they are not made. */
export const ENDLESS: Known[] = [{
  reason: "tfjs-core cuts frames as long as the next one starts inside: for " +
    "ever, where it does not start further on",
  isIt: ({ name, arguments: [, , step] }) =>
    /^signal\.(frame|stft)$/.test(name) && !(Number(step) > 0),
}, {
  reason: "tfjs-core draws until a number lies within two deviations",
  isIt: ({ name, arguments: [, mean = 0, deviation = 1] }) =>
    name === "truncatedNormal" &&
    !(Number(mean) <= Infinity && Number(deviation) >= 0),
}];
