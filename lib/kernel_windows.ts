/**
 * What a kernel asks of Windows itself. There is no /proc and no `ps` there, and a
 * process is waited for by a handle: a number that Jupyter puts in the environment.
 */

/** No end to the waiting, and what the wait answers when its handle was set. */
const INFINITE = 0xffffffff, SET = 0;

function openKernel32() {
  return Deno.dlopen("kernel32.dll", {
    GetCommandLineW: { parameters: [], result: "pointer" },
    WaitForSingleObject: {
      parameters: ["usize", "u32"],
      result: "u32",
      nonblocking: true,
    },
  }).symbols;
}

/** The line that started this process, with the quotes that it has there. */
export function windowsCommandLine(): string {
  const line = new Deno.UnsafePointerView(openKernel32().GetCommandLineW()!);
  let text = "";
  for (let at = 0;; at += 2) {
    const unit = line.getUint16(at);
    if (unit === 0) return text;
    text += String.fromCharCode(unit);
  }
}

/**
 * Waits until a handle is set (an event), or its process has ended. The waiting
 * blocks a thread of Deno's, not the caller, and does not keep the kernel alive.
 *
 * @throws {RangeError} when it is the number of no handle.
 */
export async function waitForHandle(handle: string): Promise<void> {
  const answer = /^[1-9]\d*$/.test(handle)
    ? await openKernel32().WaitForSingleObject(BigInt(handle), INFINITE)
    : undefined;
  if (answer === SET) return;
  throw new RangeError(
    `Cannot wait for "${handle}": it is the number of no handle; start the ` +
      `kernel by Jupyter or VS Code`,
  );
}
