/** What the pages with a program have in common. */

/** The element of the page with this id. */
export const byId = <T extends HTMLElement>(id: string) =>
  document.getElementById(id) as T;

/**
 * What the page's program says, in the page's language; where the text has a name in
 * braces, such as {count}, stands the value of that name.
 */
export function say(
  key: string,
  values: Record<string, string | number> = {},
): string {
  const texts: Record<string, string> = JSON.parse(byId("texts").textContent!);
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The bytes of a zlib stream in base64. */
export async function unpack(base64: string): Promise<Uint8Array> {
  const zipped = bytesOf(base64);
  const stream = new Blob([zipped]).stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Draws pixels in [0, 1] as greys, a pixel each. */
export function drawGrey(canvas: HTMLCanvasElement, pixels: ArrayLike<number>) {
  drawPixels(canvas, (i) => {
    const grey = 255 * pixels[i];
    return colourOf(grey, grey, grey);
  });
}

/** A colour of numbers from 0 to 255, as {@linkcode drawPixels} wants it. */
export function colourOf(red: number, green: number, blue: number): number {
  return 0xff000000 | Math.round(blue) << 16 | Math.round(green) << 8 |
    Math.round(red);
}

/** Draws all pixels of a canvas, row by row; written as one number each, for speed. */
export function drawPixels(
  canvas: HTMLCanvasElement,
  colour: (i: number) => number,
) {
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
