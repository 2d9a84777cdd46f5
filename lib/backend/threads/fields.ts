/** Numbers for the classes of assembly/, where these read them. */

import { TASKS } from "./jobs.ts";

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
  // Not for … in: a cell may have given all objects a field more.
  for (const name of Object.keys(type) as (keyof Class)[]) {
    const value = fields[name];
    if (value === undefined) {
      throw new TypeError(
        `Cannot write the field "${String(name)}": it has no number`,
      );
    }
    if (type[name] === "f32") view.setFloat32(address, value, true);
    else view.setInt32(address, value, true);
    address += 4;
  }
}
