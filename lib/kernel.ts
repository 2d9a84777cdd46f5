/**
 * Mends Deno's kernel. Since 2.8.2 it loses outputs or puts them under another
 * cell: it does not wait for its queue of messages before it goes on to the next
 * cell. Here every cell, if not a silent one, waits until its messages are out.
 * It says nothing of an error that nobody awaits; here it does. What can be mended
 * from outside, relay/relay.ts does.
 */

import { keepNames } from "./kernel_names.ts";
import { type Address, KernelQueue } from "./kernel_queue.ts";
import { bundleOf, inspect } from "./kernel_values.ts";

// Taken here, since a cell may give a meaning of its own to this name.
const { addEventListener } = globalThis;

/**
 * Mends the kernel that runs this. `mark` gives it a message with a name in it
 * that no front end shows, and `tell` says what was thrown where the kernel cannot;
 * `onCellEnd` hears of the end of each cell, whose value is not shown where `isShown`
 * says that it was before.
 *
 * Returns whether it could make cells wait. That rests on parts of Deno that may
 * change; where they have, a warning says so.
 */
export function mendKernel(
  { isShown, mark, tell, onCellEnd }: {
    isShown: (value: unknown) => boolean;
    mark: (name: string) => void;
    tell: (thrown: string) => void;
    onCellEnd: () => void;
  },
): boolean {
  keepNames();
  showUncaught();
  // deno-lint-ignore no-explicit-any -- Deno's internals have no types
  const internal = (Deno as any)[(Deno as any).internal]?.jupyter;
  const { broadcastResult: send, formatInner: format } = internal ?? {};
  let address: Address;
  try {
    if (!send || !format) throw new Error("broadcastResult is not there");
    address = findAddress();
  } catch (error) {
    console.warn(
      `Deno ${Deno.version.deno}: outputs of cells that are run together may ` +
        `get lost, since lib/kernel.ts knows no remedy here: ${error}`,
    );
    return false;
  }
  const queue = new KernelQueue(address, mark);
  const endCell = () => {
    try {
      onCellEnd();
      queue.waitUntilSent();
    } catch (error) {
      // Else the kernel would forget what the cell shows, or has thrown.
      console.warn("Outputs may stand under another cell:", error);
    }
  };
  // The kernel awaits this after each cell that ends well.
  internal.broadcastResult = async (count: unknown, value: unknown) => {
    if (value !== undefined && !isModule(value) && !isShown(value)) {
      const bundle = await bundleOf(value, format);
      await send(count, { [Symbol.for("Jupyter.display")]: () => bundle });
    }
    endCell();
  };
  // Of a cell that throws it asks first whether that is an error.
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value: noticingThrown((thrown) => {
      if (hasText(thrown)) return;
      tell(inspect(thrown));
      endCell();
    }),
  });
  // Then it asks for this, and sends the error next.
  JSON.stringify = noticing(JSON.stringify, (thrown, error) => {
    endCell();
    return inFull(thrown, error);
  });
  return true;
}

/** A cell that ends in an import ends in all that it imports, which nobody reads. */
function isModule(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Module]";
}

/** Where the kernel that runs this publishes: the relay before it has told. */
function findAddress(): Address {
  const [hostname, port] = Deno.env.get("COURSE_ADDRESS")?.split(":") ?? [];
  if (port) return { hostname, port: Number(port) };
  throw new Error(
    'this is not the kernel "Deno (course)"; choose it (menu Kernel, Change ' +
      "Kernel)",
  );
}

/** What the kernel tells of an error. */
interface Told {
  name: string;
  message: string;
  stack: string;
}

/**
 * Whether the function that calls is the kernel's, by which it asks what was thrown.
 * The kernel asks in a function of its own that is not in strict mode, as all of a
 * cell is; and who calls is told only to functions, and of functions, that are not.
 * So no call of a cell's own is ever taken for the kernel's.
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
  notice: (thrown: unknown, told: Told) => Told,
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

/** Whether the kernel can make a text of what was thrown. */
function hasText(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof Error)) return String(thrown) !== undefined;
    const { name, message, stack } = thrown;
    return [name, message, stack].every((part) => String(part) !== undefined);
  } catch {
    return false;
  }
}

/** An error with its causes, and what else was thrown as Deno would print it. */
function inFull(thrown: unknown, told: Told): Told {
  if (thrown === "") return { ...told, message: inspect(thrown) };
  if (typeof thrown !== "object" || thrown === null) return told;
  if (!(thrown instanceof Error)) return { ...told, message: inspect(thrown) };
  const hasMore = "cause" in thrown || "errors" in thrown;
  return hasMore ? { ...told, stack: inspect(thrown) } : told;
}

/**
 * Calls `stop` at each Stop of a front end: relay/inside.ts does, which finds it
 * under this name, and SIGINT where there is no relay, which else would end the
 * kernel.
 */
export function listenForStop(stop: () => void) {
  Object.assign(globalThis, { [Symbol.for("course.stop")]: stop });
  if (!Deno.env.has("COURSE_LIFELINE")) Deno.addSignalListener("SIGINT", stop);
}

function showUncaught() {
  addEventListener("unhandledrejection", ({ defaultPrevented, reason }) => {
    if (!defaultPrevented) console.error("Uncaught (in promise)", reason);
  });
  addEventListener("error", ({ defaultPrevented, error, message }) => {
    if (!defaultPrevented) console.error("Uncaught", error ?? message);
  });
}
