/** As much of "@tensorflow/tfjs" as the page needs: without WebGL, graphs and data. */

export * from "@tensorflow/tfjs-core";
export * from "@tensorflow/tfjs-layers";
