/** The names that tfjs gives to its kernels of convolutions. */

/** The kernels of a convolution: forward, and back to its input and to its filter. */
export interface Convolution {
  forward: string;
  byInput: string;
  byFilter: string;
}

export const CONVOLUTIONS: Convolution[] = [{
  forward: "Conv2D",
  byInput: "Conv2DBackpropInput",
  byFilter: "Conv2DBackpropFilter",
}, {
  forward: "Conv3D",
  byInput: "Conv3DBackpropInputV2",
  byFilter: "Conv3DBackpropFilterV2",
}, {
  forward: "DepthwiseConv2dNative",
  byInput: "DepthwiseConv2dNativeBackpropInput",
  byFilter: "DepthwiseConv2dNativeBackpropFilter",
}];
