import type { Page } from "playwright-core";

/** The reds of a canvas: its greys. */
export const greysOf = (page: Page, id: string) =>
  page.locator(`#${id}`).evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const image = canvas.getContext("2d")!.getImageData(0, 0, width, height);
    return Array.from(image.data.filter((_, i) => i % 4 === 0));
  });

/** The greys as which pixels in [0, 1] are drawn. */
export const greysFor = (pixels: Float32Array) =>
  Array.from(Uint8ClampedArray.from(pixels, (x) => 255 * x));
