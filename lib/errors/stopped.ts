// Kept from before any cell runs, since a cell may redefine this name.
const { DOMException } = globalThis;

/**
 * The error that ends a cell when Stop is pressed; programs recognise it by its name,
 * AbortError. It has no stack, because the stop came from outside the program.
 */
export function stoppedError(message: string): DOMException {
  const error = new DOMException(message, "AbortError");
  return Object.assign(error, { stack: `${error.name}: ${error.message}` });
}
