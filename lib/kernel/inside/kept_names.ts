/**
 * Names that no cell may take. A cell's `const Map = …` would count in every
 * module too, in TensorFlow.js and in Deno's kernel itself, which would then fail
 * far from it and often without a word. So the cell itself is refused: "Identifier
 * 'Map' has already been declared". `console` is such a name too: by it
 * TensorFlow.js prints tensors and summaries. Names of the system, such as
 * `performance`, are free, since cells have good uses for them; our files take
 * those that they need when they are imported.
 */

import { runInNewContext } from "node:vm";

/** Names of JavaScript engines that no library needs. */
const FREE = ["escape", "unescape", "queueMicrotask"];
/** What Deno's kernel asks for, whenever it shows a value, besides the language. */
const OF_KERNEL = ["Deno", "GPUTexture", "GPUBuffer"];

/** What packages put something of their own in place of, as zone.js does. */
const REPLACED = ["Promise"];

/** The names of the language, such as `Map` and `JSON`, and `console`. */
export function languageNames(): string[] {
  // A world in which nothing but the language is.
  const names = runInNewContext("Object.getOwnPropertyNames(globalThis)");
  return [...names].filter((name) => !FREE.includes(name));
}

/** From now on a cell that declares one of these names fails. */
export function keepNames() {
  for (const name of [...languageNames(), ...OF_KERNEL]) {
    const found = Object.getOwnPropertyDescriptor(globalThis, name);
    // One that a cell has taken before stays as it is.
    if (!found?.configurable) continue;
    const isFixed = "value" in found && !REPLACED.includes(name);
    Object.defineProperty(globalThis, name, {
      configurable: false,
      ...(isFixed ? { writable: false } : {}),
    });
  }
}
