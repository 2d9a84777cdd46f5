/**
 * Describes any value for an error message. A text gets quotes, so that '5' differs
 * from the number 5; an object or list is described by its kind. It never throws.
 */
export function inWords(value: unknown): string {
  if (typeof value === "string") {
    return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`;
  }
  if (typeof value === "function") return value.name || "a function";
  if (typeof value === "object" && value !== null) {
    return Object.prototype.toString.call(value).slice(8, -1);
  }
  return String(value);
}
