/**
 * Waiting for a process on Windows. There a process is known by a handle, a number
 * that Jupyter puts into the environment.
 */

/** Wait without a limit; the result where the handle was signalled. */
const INFINITE = 0xffffffff, SIGNALLED = 0;

function openKernel32() {
  return Deno.dlopen("kernel32.dll", {
    WaitForSingleObject: {
      parameters: ["usize", "u32"],
      result: "u32",
      nonblocking: true,
    },
  }).symbols;
}

/**
 * Waits until a handle is set (an event), or its process has ended. The waiting
 * blocks a thread of Deno's, not the caller, and does not keep the relay alive.
 *
 * @throws {RangeError} when it is the number of no handle.
 */
export async function waitForHandle(handle: string): Promise<void> {
  const answer = /^[1-9]\d*$/.test(handle)
    ? await openKernel32().WaitForSingleObject(BigInt(handle), INFINITE)
    : undefined;
  if (answer === SIGNALLED) return;
  throw new RangeError(
    `Cannot wait for "${handle}": it is the number of no handle; start the ` +
      `kernel by Jupyter or VS Code`,
  );
}
