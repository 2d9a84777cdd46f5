/**
 * Mends Deno's kernel. Since 2.8.2 it loses outputs or puts them under another
 * cell: it does not wait for its queue of messages before it goes on to the next
 * cell. Here every cell, if not a silent one, waits until its messages are out.
 * It says nothing of a cell that it cannot read or of an error that nobody
 * awaits, and it stays when the Jupyter that started it has died; here it does
 * not.
 */

import { type Address, findAddress } from "./kernel_address.ts";
import { KernelQueue } from "./kernel_queue.ts";
import { waitForHandle } from "./kernel_windows.ts";

/**
 * Mends the kernel that runs this. `mark` gives it a message with a name in it
 * that no front end shows; `onCellEnd` hears of the end of each cell.
 *
 * Returns whether it could make cells wait. That rests on parts of Deno that may
 * change; where they have, a warning says so.
 */
export async function mendKernel(
  { mark, onCellEnd }: {
    mark: (name: string) => void;
    onCellEnd: () => void;
  },
): Promise<boolean> {
  showUncaught();
  // deno-lint-ignore no-explicit-any -- Deno's internals have no types
  const internal = (Deno as any)[(Deno as any).internal]?.jupyter;
  const send = internal?.broadcastResult;
  let address: Address;
  try {
    if (!send) throw new Error("broadcastResult is not there");
    address = await findAddress();
  } catch (error) {
    console.warn(
      `Deno ${Deno.version.deno}: outputs of cells that are run together may ` +
        `get lost, since lib/kernel.ts knows no remedy here: ${error}`,
    );
    return false;
  }
  const queue = new KernelQueue(address, mark);
  const endCell = () => {
    onCellEnd();
    queue.waitUntilSent();
  };
  // The kernel awaits this after each cell that ends well.
  internal.broadcastResult = async (...args: unknown[]) => {
    const result = await send(...args);
    endCell();
    return result;
  };
  // Of a cell that throws it asks for this, and sends the error next.
  const { stringify } = JSON;
  JSON.stringify = ((...args: Parameters<typeof stringify>) => {
    if (isThrown(args[0])) endCell();
    return stringify(...args);
  }) as typeof stringify;
  return true;
}

/**
 * Calls `stop` at each Stop of a front end, which else would end the kernel:
 * SIGINT, or where there are no signals the event that Jupyter made.
 */
export function listenForStop(stop: () => void) {
  Deno.addSignalListener("SIGINT", stop); // on Windows this is Ctrl-C
  const event = Deno.env.get("JPY_INTERRUPT_EVENT");
  if (Deno.build.os === "windows" && event) void listenForEvent(event, stop);
}

async function listenForEvent(event: string, stop: () => void) {
  try {
    // The system sets the event back as soon as one who waits has heard of it.
    while (true) {
      await waitForHandle(event);
      stop();
    }
  } catch (error) {
    console.warn(`Stop ends no training here: ${(error as Error).message}`);
  }
}

/** Whether it is what the kernel makes of an error; a plain object, to be quick. */
function isThrown(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.hasOwn(value, "stack") &&
    Object.keys(value).join() === "name,message,stack";
}

function showUncaught() {
  addEventListener("unhandledrejection", ({ defaultPrevented, reason }) => {
    if (!defaultPrevented) console.error("Uncaught (in promise)", reason);
  });
  addEventListener("error", ({ defaultPrevented, error, message }) => {
    if (!defaultPrevented) console.error("Uncaught", error ?? message);
  });
}
