/**
 * Corrects Deno's kernel from within: how it shows the value of a cell and an error,
 * and errors in promises that nobody awaits.
 */

import { reserveNames } from "./reserved_names.ts";
import { bundleOf, inspect } from "./mime_bundles.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { addEventListener } = globalThis;

/** The key under which lib/notebook/notebook.ts lists what a cell has shown already. */
const SHOWN = Symbol.for("course.shown");

/**
 * Corrects the kernel that runs this. `tell` receives a thrown value as text where
 * the kernel cannot make one.
 *
 * Returns a warning where this version of Deno lacks the private parts that the
 * corrections need.
 */
export function fixKernel(
  { tell }: { tell: (thrown: string) => void },
): string | undefined {
  // deno-lint-ignore no-explicit-any -- Deno's internals have no types
  const internal = (Deno as any)[(Deno as any).internal]?.jupyter;
  const { broadcastResult: send, formatInner: format } = internal ?? {};
  if (!send || !format) {
    return `Deno ${Deno.version.deno}: some values and errors of cells may not ` +
      `be shown, since lib/kernel/inside/kernel_fixes.ts does not know this version's kernel\n`;
  }
  reserveNames();
  showUncaught();
  const shown = new Set<unknown>();
  Object.assign(globalThis, { [SHOWN]: shown });
  // The kernel awaits this after each cell that has not thrown.
  internal.broadcastResult = async (count: unknown, value: unknown) => {
    if (value !== undefined && !isModule(value) && !shown.has(value)) {
      const bundle = await bundleOf(value, format);
      await send(count, { [Symbol.for("Jupyter.display")]: () => bundle });
    }
    shown.clear();
  };
  // When a cell throws, it first asks whether the value is an Error.
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value: noticingThrown((thrown) => {
      if (!hasText(thrown)) tell(inspect(thrown));
    }),
  });
  // Then it calls this, and sends the error.
  JSON.stringify = noticing(JSON.stringify, inFull);
}

/** The value of a cell that ends with an import is a whole module, which nobody reads. */
function isModule(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Module]";
}

/** An error as the kernel describes it. */
interface Description {
  name: string;
  message: string;
  stack: string;
}

/**
 * Whether the caller is the function in which the kernel looks at what was thrown.
 * `arguments.callee` and `caller` work only between functions outside strict mode.
 * The kernel's function is such a one, and a cell is always in strict mode, so no
 * call from a cell is ever mistaken for the kernel's.
 */
const IS_KERNEL = `const { caller } = arguments.callee;
  const isKernel = caller &&
    /^function\\(object\\) {\\s+if \\(object instanceof Error\\)/.test(caller);`;

/** Error[Symbol.hasInstance] that calls `notice` when the kernel asks. */
function noticingThrown(notice: (thrown: unknown) => void) {
  const hook = new Function(
    "has",
    "notice",
    `return function (value) {
      ${IS_KERNEL}
      if (isKernel) notice(value);
      return has.call(this, value);
    };`,
  );
  return hook(Function.prototype[Symbol.hasInstance], notice);
}

/** JSON.stringify that calls `notice` when the kernel asks what was thrown. */
function noticing(
  stringify: typeof JSON.stringify,
  notice: (thrown: unknown, description: Description) => Description,
): typeof JSON.stringify {
  const hook = new Function(
    "stringify",
    "notice",
    `return function (value, replacer, space) {
      ${IS_KERNEL}
      if (isKernel && replacer === undefined) {
        value = notice(caller.arguments[0], value);
      }
      return stringify(value, replacer, space);
    };`,
  );
  return hook(stringify, notice);
}

/** Whether the kernel can turn a thrown value into text. */
function hasText(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof Error)) return String(thrown) !== undefined;
    const { name, message, stack } = thrown;
    return [name, message, stack].every((part) => String(part) !== undefined);
  } catch {
    return false;
  }
}

/** An error with its causes; any other thrown value as Deno would print it. */
function inFull(thrown: unknown, description: Description): Description {
  if (thrown === "") return { ...description, message: inspect(thrown) };
  if (typeof thrown !== "object" || thrown === null) return description;
  if (!(thrown instanceof Error)) {
    return { ...description, message: inspect(thrown) };
  }
  const hasMore = "cause" in thrown || "errors" in thrown;
  return hasMore ? { ...description, stack: inspect(thrown) } : description;
}

function showUncaught() {
  addEventListener("unhandledrejection", ({ defaultPrevented, reason }) => {
    if (!defaultPrevented) console.error("Uncaught (in promise)", reason);
  });
  addEventListener("error", ({ defaultPrevented, error, message }) => {
    if (!defaultPrevented) console.error("Uncaught", error ?? message);
  });
}
