/** A canvas of 28 x 28 pixels to draw a digit on, by mouse, pen, finger or key. */

const SIZE = 28;
/** Half the width of a stroke, in pixels: as wide as those of MNIST. */
const RADIUS = 1.1;

/** The board's pixels in [0, 1], and what changes them. */
export interface DrawingBoard {
  pixels: Float32Array;
  show(pixels: Float32Array): void;
  clear(): void;
}

/** Makes a canvas a drawing board. `changed` is called after each change. */
export function drawingBoard(
  canvas: HTMLCanvasElement,
  changed: () => void,
): DrawingBoard {
  const pixels = new Float32Array(SIZE * SIZE);
  const context = canvas.getContext("2d")!;
  /** Where the keys have moved the pen; undefined while nobody uses them. */
  let pen: { x: number; y: number } | undefined;

  function draw() {
    const image = new ImageData(SIZE, SIZE);
    pixels.forEach((value, i) =>
      image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i)
    );
    context.putImageData(image, 0, 0);
    if (!pen) return;
    context.fillStyle = "#ff8080";
    context.fillRect(pen.x, pen.y, 1, 1);
  }

  /** White at the point, grey at its edge. */
  function dot(x: number, y: number) {
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const value = Math.min(1, Math.max(0, RADIUS + 0.5 - distance));
        const i = row * SIZE + column;
        pixels[i] = Math.max(pixels[i], value);
      }
    }
  }

  function change(act: () => void) {
    act();
    draw();
    changed();
  }

  /** The place of a pointer, in pixels of the digit. */
  function placeOf({ clientX, clientY }: PointerEvent): [number, number] {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [SIZE * (clientX - left) / width, SIZE * (clientY - top) / height];
  }

  let last: [number, number] | undefined;
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pen = undefined;
    last = placeOf(event);
    change(() => dot(...last!));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!(event.buttons & 1)) last = undefined;
    if (!last || !event.isPrimary) return;
    const from = last, to = last = placeOf(event);
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const parts = Math.ceil(2 * length) || 1;
    change(() => {
      for (let part = 1; part <= parts; part++) {
        const [x, y] = from.map((start, axis) =>
          start + (to[axis] - start) * part / parts
        );
        dot(x, y);
      }
    });
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(end, () => last = undefined);
  }

  const MOVES: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  canvas.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!move && event.key !== " ") return;
    event.preventDefault();
    pen ??= { x: SIZE / 2, y: SIZE / 2 };
    const within = (place: number) => Math.min(SIZE - 1, Math.max(0, place));
    if (move) {
      pen = { x: within(pen.x + move[0]), y: within(pen.y + move[1]) };
    }
    const { x, y } = pen;
    // Shift and an arrow draw a line, the space bar a dot.
    if (!move || event.shiftKey) change(() => dot(x + 0.5, y + 0.5));
    else draw();
  });
  canvas.addEventListener("focus", () => {
    // A click focuses too, but there the pointer draws.
    if (!canvas.matches(":focus-visible")) return;
    pen ??= { x: SIZE / 2, y: SIZE / 2 };
    draw();
  });
  canvas.addEventListener("blur", () => {
    pen = undefined;
    draw();
  });

  return {
    pixels,
    show: (next) => change(() => pixels.set(next)),
    clear: () => change(() => pixels.fill(0)),
  };
}
