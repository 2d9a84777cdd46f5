/** Calls of tfjs, as they are drawn and printed. */

import { type Argument, CallDraw, drawnOf } from "./draw.ts";
import { mutate, repeat } from "./mutate.ts";
import { isKernel, OPERATIONS } from "./operations.ts";

/** What a seed stands for. */
export interface Call {
  /** Of an operation: see operations.ts. */
  name: string;
  arguments: Argument[];
  /** Whether its gradient is taken. */
  hasGradient: boolean;
}

/** Operations with many paths through them, or with a corrected gradient. */
const MANY = /conv|pool|matMul|resize|batchNorm|cumsum|depthToSpace|mirrorPad/i;

/** The same come four times as often as others. */
const NAMES = Object.keys(OPERATIONS).flatMap((name) =>
  Array(/conv2d/i.test(name) ? 8 : MANY.test(name) ? 4 : 1).fill(name)
) as string[];

/** Whether a filter, or the attribute with its shape, is for that algorithm. */
function mayBeForWinograd(argument: Argument): boolean {
  if (typeof argument !== "object" || argument === null) return false;
  const [height, width, ...channels] = Object.values(argument);
  const isFilter = height === 3 && width === 3 && channels.length === 2 &&
    channels.every((count) => Number(count) % 16 === 0);
  return isFilter || Object.values(argument).some(mayBeForWinograd);
}

/**
 * Winograd's algorithm spreads one NaN over a tile, and rounds whole numbers: a
 * sum of 0 is not quite 0, and there the slope of an activation may jump.
 */
function makeNormal(arguments_: Argument[]) {
  for (const drawn of drawnOf(arguments_)) {
    if (/special|whole/.test(drawn.kind)) drawn.kind = "normal";
  }
}

/** The call of a seed; of two in five the arguments are only odd, not wrong. */
export function callOf(seed: number): Call {
  const draw = new CallDraw(seed);
  const name = draw.pick(NAMES);
  const operation = OPERATIONS[name];
  const arguments_ = operation.draw(draw);
  const changes = draw.pick([0, 0, 1, 1, 2]);
  for (let i = 0; i < changes; i++) mutate(arguments_, draw, operation);
  if (draw.once(8)) repeat(arguments_, draw);
  if (mayBeForWinograd(arguments_)) makeNormal(arguments_);
  // What comes later has left the gradient's tape.
  const isLater = name.endsWith("Async");
  const hasGradient = !isKernel(name) && !isLater && draw.once(3);
  return { name, arguments: arguments_, hasGradient };
}

/** The call in one line. */
export function shown({ name, arguments: arguments_, hasGradient }: Call) {
  const text = Deno.inspect(arguments_, {
    depth: 9,
    compact: true,
    breakLength: Infinity,
    iterableLimit: 99,
  });
  return `${hasGradient ? "gradient of " : ""}${name} ${text}`;
}
