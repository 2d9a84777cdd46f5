/** What the pages with a program have in common. */

/** The element of the page with this id. */
export const byId = <T extends HTMLElement>(id: string) =>
  document.getElementById(id) as T;

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
  drawPixels(canvas, pixels.length, (i) => {
    const grey = 255 * pixels[i];
    return [grey, grey, grey];
  });
}

/** Draws `count` pixels in the colours [red, green, blue] from 0 to 255. */
export function drawPixels(
  canvas: HTMLCanvasElement,
  count: number,
  colour: (i: number) => number[],
) {
  const data = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < count; i++) data.data.set([...colour(i), 255], 4 * i);
  canvas.getContext("2d")!.putImageData(data, 0, 0);
}
