/**
 * Whether Deno's kernel has sent the messages it was given. It queues them and
 * says nothing, so we listen in, as one more front end, until one that we gave
 * it last comes by. (Waiting a fixed time is not enough where the processors
 * are busy: of 1,200 cells one had its outputs under the next.)
 */

/** Ms until a mark is sent again: the kernel may not have let us in before. */
const AGAIN = 5;
/** Ms after which we no longer wait for a kernel that does not answer. */
const LONGEST = 10_000;

/** ZMTP 3.0's greeting: signature, version, mechanism, zeros up to 64 bytes. */
const GREETING = Uint8Array.from(
  [0xff, ...zeros(8), 0x7f, 3, 0, ...letters("NULL"), ...zeros(48)],
);
/** What one says next, to listen to all that a kernel publishes. */
const SUBSCRIBE = Uint8Array.from([
  // A command of 25 bytes: READY, Socket-Type SUB.
  ...[4, 25, 5, ...letters("READY"), 11, ...letters("Socket-Type")],
  ...[0, 0, 0, 3, ...letters("SUB")],
  // A message of one byte: subscribe, to everything.
  ...[0, 1, 1],
]);

function zeros(count: number): number[] {
  return new Array(count).fill(0);
}

function letters(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** Where a kernel publishes. */
export interface Address {
  hostname: string;
  port: number;
}

/**
 * Where the kernel that runs this publishes.
 *
 * @throws {Error} where there is no kernel, or the system does not tell.
 */
export async function findAddress(): Promise<Address> {
  const line = await commandLine();
  const path = line.match(/--conn[ =](.+?\.json)/)?.[1];
  if (!path) throw new Error(`Cannot find "--conn" in "${line}"`);
  const { transport, ip, iopub_port } = JSON.parse(
    await Deno.readTextFile(path),
  );
  if (transport !== "tcp") {
    throw new Error(`Cannot listen to "${transport}": not tcp`);
  }
  return { hostname: ip, port: iopub_port };
}

async function commandLine(): Promise<string> {
  if (Deno.build.os === "linux") {
    const line = await Deno.readTextFile("/proc/self/cmdline");
    return line.replaceAll("\0", " ");
  }
  const args = ["-ww", "-o", "args=", "-p", String(Deno.pid)];
  const { stdout } = await new Deno.Command("ps", { args }).output();
  return new TextDecoder().decode(stdout);
}

/**
 * Resolves when all that was given to the kernel before is sent; `mark` gives it
 * a message with that name in it which no front end shows.
 *
 * @throws {Deno.errors.TimedOut} when the mark does not come by.
 */
export async function untilSent(
  address: Address,
  mark: (name: string) => void,
): Promise<void> {
  const name = crypto.randomUUID();
  const socket = await Deno.connect(address);
  socket.setNoDelay();
  let heard = false;
  const listening = hears(socket, name).then(() => void (heard = true));
  try {
    const end = performance.now() + LONGEST;
    while (!heard) {
      if (performance.now() > end) {
        throw new Deno.errors.TimedOut(
          `Cannot tell whether outputs of this cell are sent: the kernel did ` +
            `not answer within ${LONGEST / 1000} s`,
        );
      }
      mark(name);
      await Promise.race([listening, sleep(AGAIN)]);
    }
  } finally {
    socket.close();
    await listening.catch(() => {}); // of a socket that we closed ourselves
  }
}

/** Listens until the name comes by. */
async function hears(socket: Deno.TcpConn, name: string): Promise<void> {
  const decoder = new TextDecoder("latin1");
  const bytes = new Uint8Array(65_536);
  await socket.write(GREETING);
  // Each side answers the other's greeting; else the system waits, 40 ms long.
  await socket.read(bytes);
  await socket.write(SUBSCRIBE);
  let text = "";
  while (!text.includes(name)) {
    const count = await socket.read(bytes);
    if (count === null) throw new Error("Cannot listen in: the kernel hung up");
    // It may come in two parts.
    text = text.slice(-name.length) + decoder.decode(bytes.subarray(0, count));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
