import { encode, type ImageData } from "fast-png";

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
    const pixels = this.#pixels!;
    const png = encode(
      indexed(pixels) ?? { ...pixels, channels: 4, depth: 8 },
    );
    return `data:image/png;base64,${png.toBase64()}`;
  }
}

/** The same in indexed colour, a fourth of the size, if few opaque colours do. */
function indexed({ width, height, data }: Pixels): ImageData | undefined {
  const palette: number[][] = [];
  const numbers = new Map<string, number>();
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const [red, green, blue, alpha] = data.subarray(4 * i, 4 * i + 4);
    if (alpha < 255) return;
    const name = `${red} ${green} ${blue}`;
    if (!numbers.has(name)) {
      numbers.set(name, palette.push([red, green, blue]) - 1);
      if (palette.length > 256) return;
    }
    pixels[i] = numbers.get(name)!;
  }
  return { width, height, data: pixels, channels: 1, depth: 8, palette };
}
