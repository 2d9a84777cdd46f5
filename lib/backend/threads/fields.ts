/** Objects of the classes of assembly/, written where the WebAssembly reads them. */

import type { TASKS } from "./jobs.ts";
import type { SharedHeap } from "./memory.ts";

/** A number for each field of a class. */
export type Fields<Class> = { [Name in keyof Class]: number };

/** The job of each task. */
export type Jobs = {
  [Task in keyof typeof TASKS]: Fields<typeof TASKS[Task]>;
};

/**
 * Writes an object of a class to `address`: its fields in their order, four bytes
 * each.
 *
 * @throws {TypeError} when a field is missing.
 */
export function writeFields<Class extends Record<string, string>>(
  view: DataView,
  address: number,
  { type, fields }: { type: Class; fields: Fields<Class> },
) {
  const names = namesOf(type);
  for (let i = 0; i < names.length; i++) {
    const name = names[i], value = fields[name];
    if (value === undefined) {
      throw new TypeError(`Cannot write the field "${name}": it has no number`);
    }
    if (type[name] === "f32") view.setFloat32(address + 4 * i, value, true);
    else view.setInt32(address + 4 * i, value, true);
  }
}

const namesOfClasses = new Map<object, string[]>();

/** The fields of a class, listed once: a small network has hundreds of jobs a step. */
function namesOf(type: object): string[] {
  let names = namesOfClasses.get(type);
  // `for … in` would visit fields, too, that a cell has given to all objects.
  if (!names) namesOfClasses.set(type, names = Object.keys(type));
  return names;
}

/** Writes objects of a class one after the other; the address of the first. */
export function writeAll<Class extends Record<string, string>>(
  heap: SharedHeap,
  allocate: (bytes: number) => number,
  { type, objects }: { type: Class; objects: Fields<Class>[] },
): number {
  const bytes = 4 * Object.keys(type).length;
  const start = allocate(bytes * objects.length);
  const view = new DataView(heap.memory.buffer);
  objects.forEach((fields, i) =>
    writeFields(view, start + bytes * i, { type, fields })
  );
  return start;
}

/** An object of a class whose fields are all zero. */
export function zeroFields<Class extends Record<string, string>>(
  type: Class,
): Fields<Class> {
  const names = Object.keys(type);
  return Object.fromEntries(names.map((name) => [name, 0])) as Fields<Class>;
}
