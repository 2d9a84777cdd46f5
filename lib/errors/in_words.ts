/**
 * Any value as an error names it, between quotes: a text in marks of its own, so
 * that "'5'" is not "5", a list by its kind. It never throws.
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
