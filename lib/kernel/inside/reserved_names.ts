/**
 * Names that no cell may declare. A cell's `const Map = …` would change `Map` in
 * every module, in TensorFlow.js and in Deno's kernel itself, which would then fail
 * far away and often silently. So the cell itself fails: "Identifier 'Map' has
 * already been declared". `console` is reserved too, since TensorFlow.js prints
 * tensors and summaries with it. Names such as `performance` stay free, since cells
 * have good uses for them; our own files read those that they need at import.
 */

import { runInNewContext } from "node:vm";

/** Global names that no library needs. */
const FREE = ["escape", "unescape", "queueMicrotask"];
/** Names beyond the language that Deno's kernel uses whenever it shows a value. */
const OF_KERNEL = ["Deno", "GPUTexture", "GPUBuffer"];

/** Names that packages replace, as zone.js does. */
const REPLACED = ["Promise"];

/** The names of the language, such as `Map` and `JSON`, and `console`. */
export function languageNames(): string[] {
  // A new context has the language and nothing else.
  const names = runInNewContext("Object.getOwnPropertyNames(globalThis)");
  return [...names].filter((name) => !FREE.includes(name));
}

/** From now on a cell that declares one of these names fails. */
export function reserveNames() {
  for (const name of [...languageNames(), ...OF_KERNEL]) {
    const found = Object.getOwnPropertyDescriptor(globalThis, name);
    // A name that a cell has declared before stays as it is.
    if (!found?.configurable) continue;
    const isFixed = "value" in found && !REPLACED.includes(name);
    Object.defineProperty(globalThis, name, {
      configurable: false,
      ...(isFixed ? { writable: false } : {}),
    });
  }
}
