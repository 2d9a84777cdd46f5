// Taken here, since a cell may give a meaning of its own to this name.
const { DOMException } = globalThis;

/**
 * What Stop ends a cell with: by its name, AbortError, programs know it. It has no
 * stack, since it was stopped from outside and where it was made tells nobody anything.
 */
export function stoppedError(message: string): DOMException {
  const error = new DOMException(message, "AbortError");
  return Object.assign(error, { stack: `${error.name}: ${error.message}` });
}
