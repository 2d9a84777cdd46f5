/** Gradients of dilated convolutions, and layers that forget their dilation. */

import {
  add,
  depthwiseConv2d,
  getGradient,
  type GradConfig,
  type NamedAttrMap,
  pad,
  registerGradient,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
  util,
} from "@tensorflow/tfjs-core";
import { type Gradients, innerEngine } from "../internals/engine.ts";
import {
  layersPrototypes,
  type TransposedConvolution,
  type Weight,
  type Windows,
  withFields,
} from "../internals/layers.ts";
import { sumTo } from "./gradients.ts";

/** From now on convolutions with any dilation can be trained, and layers of them. */
export function correctDilations() {
  for (const kernelName of ["Conv2D", "Conv3D", "DepthwiseConv2dNative"]) {
    registerGradient(withDilations(kernelName));
  }
  differentiateFused();
  dilateDepthwiseLayers();
  dilateTransposedLayers();
}

/**
 * The gradients of a convolution with any dilation. The kernels of tfjs that compute
 * them take no notice of it, so they are given the filter with zeros between its taps:
 * its gradient is that of the taps alone.
 */
function withDilations(kernelName: string): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, [x, filter], attrs) => {
      const dilations = dilationsOf(filter, attrs);
      if (dilations.every((dilation) => dilation === 1)) {
        return own.gradFunc(dy, [x, filter], attrs);
      }
      const wide = spread(filter, dilations);
      const gradients = own.gradFunc(dy, [x, wide], { ...attrs, dilations: 1 });
      const start = filter.shape.map(() => 0);
      return {
        x: gradients.x,
        filter: () =>
          stridedSlice(gradients.filter(), start, wide.shape, dilations),
      };
    },
  };
}

/** The dilation along each axis of filter[..., c, channels], 1 along the last two. */
function dilationsOf({ rank }: Tensor, attrs: NamedAttrMap): number[] {
  const { dilations } = attrs as { dilations?: number | number[] | null };
  return Array.from({ length: rank }, (_, axis) => {
    if (axis >= rank - 2) return 1;
    return (Array.isArray(dilations) ? dilations[axis] : dilations) ?? 1;
  });
}

/** The filter with dilation - 1 zeros between its taps, along each axis. */
function spread(filter: Tensor, dilations: number[]): Tensor {
  return dilations.reduce((taps, dilation, axis) => {
    if (dilation === 1) return taps;
    const { shape, size } = taps, length = shape[axis];
    const inner = util.sizeFromShape(shape.slice(axis + 1));
    const rows = reshape(taps, [size / inner, 1, inner]);
    const padded = pad(rows, [[0, 0], [0, dilation - 1], [0, 0]]);
    return slice(
      reshape(padded, shape.with(axis, length * dilation)),
      shape.map(() => 0),
      shape.with(axis, (length - 1) * dilation + 1),
    );
  }, filter);
}

/** What tfjs calls fused convolutions, and the kernels of those that are not fused. */
const UNFUSED: Record<string, string> = {
  fusedConv2d__op: "Conv2D",
  fusedDepthwiseConv2d__op: "DepthwiseConv2dNative",
};

/**
 * From now on fused convolutions have the gradients of those that are not fused. Their
 * own refuse dilations and forget dimRoundingMode. They are fused while a gradient is
 * taken only without an activation, and their gradients come with each call, so none
 * can be registered for them.
 */
function differentiateFused() {
  const inner = innerEngine();
  const { addTapeNode, runKernel } = inner;
  /** What the output of each fused kernel was computed with. */
  const attributes = new WeakMap<Tensor["dataId"], NamedAttrMap>();
  inner.runKernel = function (name, inputs, attrs) {
    const output = runKernel.call(this, name, inputs, attrs);
    if (name.startsWith("Fused")) {
      attributes.set((output as Tensor).dataId, attrs as NamedAttrMap);
    }
    return output;
  };
  inner.addTapeNode = function (name, inputs, outputs, gradients, ...more) {
    const attrs = name in UNFUSED && attributes.get(outputs[0].dataId);
    const unfused: Gradients = (upstream, saved) => {
      const [filter, x, y, bias] = saved;
      const dy = reshape(upstream, y.shape);
      const { gradFunc } = getGradient(UNFUSED[name]);
      const of = gradFunc(dy, [x, filter], attrs as NamedAttrMap);
      const ofBias = bias && { 2: () => sumTo(bias.shape, dy) };
      return { 0: of.x, 1: of.filter, ...ofBias };
    };
    const right = attrs && attrs.dataFormat === "NHWC" ? unfused : gradients;
    addTapeNode.call(this, name, inputs, outputs, right, ...more);
  };
}

/**
 * From now on layers.depthwiseConv2d has its dilation. tfjs-layers 4.22 takes no notice
 * of it: see README.md.
 */
function dilateDepthwiseLayers() {
  const { depthwise } = layersPrototypes();
  const { call, computeOutputShape } = depthwise;
  depthwise.call = function (inputs, flags) {
    if (!isDilated(this)) return call.call(this, inputs, flags);
    return tidy(() => {
      const [x] = [inputs].flat() as Tensor4D[];
      const isFirst = this.dataFormat === "channelsFirst";
      const products = depthwiseConv2d(
        isFirst ? transpose(x, [0, 2, 3, 1]) : x,
        this.depthwiseKernel!.read() as Tensor4D,
        this.strides as [number, number],
        this.padding === "same" ? "same" : "valid",
        "NHWC",
        this.dilationRate as [number, number],
      );
      const sums = this.bias ? add(products, this.bias.read()) : products;
      return this.activation.apply(
        isFirst ? transpose(sums, [0, 3, 1, 2]) : sums,
      );
    });
  };
  depthwise.computeOutputShape = function (shape) {
    const kernelSize = dilatedSize(this);
    return computeOutputShape.call(withFields(this, { kernelSize }), shape);
  };
}

/**
 * From now on layers.conv2dTranspose and conv3dTranspose have their dilation, and keep
 * it when they are saved. tfjs-layers 4.22 takes no notice of it: see README.md.
 */
function dilateTransposedLayers() {
  for (const prototype of layersPrototypes().transposed) {
    const { call, computeOutputShape, getConfig } = prototype;
    prototype.call = function (inputs, flags) {
      return tidy(() =>
        call.call(withSpreadKernel(this), inputs, flags) as Tensor
      );
    };
    prototype.computeOutputShape = function (shape) {
      return computeOutputShape.call(withSpreadKernel(this), shape);
    };
    prototype.getConfig = function () {
      const { dilationRate } = this, config = getConfig.call(this);
      return isDilated(this) ? { ...config, dilationRate } : config;
    };
  }
}

/** The layer with the kernel that has zeros between its taps. */
function withSpreadKernel(layer: TransposedConvolution): TransposedConvolution {
  if (!isDilated(layer)) return layer;
  const { kernel, dilationRate } = layer;
  const read = () => spread(kernel!.read(), dilationRate);
  return withFields(layer, {
    kernel: { read } as Weight,
    kernelSize: dilatedSize(layer),
  });
}

function isDilated({ dilationRate }: Windows): boolean {
  return dilationRate.some((dilation) => dilation !== 1);
}

/** Pixels from the first to the last tap, both included, along each axis. */
function dilatedSize({ kernelSize, dilationRate }: Windows): number[] {
  return kernelSize.map((taps, axis) => (taps - 1) * dilationRate[axis] + 1);
}
