import { encode } from "fast-png";

interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The part of a canvas that Plot.raster uses: it turns pixels into a PNG. */
export class PixelCanvas {
  width = 0;
  height = 0;
  #pixels?: Pixels;

  getContext() {
    return {
      createImageData: (width: number, height: number): Pixels => ({
        width,
        height,
        data: new Uint8ClampedArray(4 * width * height),
      }),
      putImageData: (pixels: Pixels) => void (this.#pixels = pixels),
    };
  }

  toDataURL(): string {
    const { width, height, data } = this.#pixels!;
    const png = encode({ width, height, data, channels: 4, depth: 8 });
    return `data:image/png;base64,${png.toBase64()}`;
  }
}
