/**
 * ZMTP 3.0, ZeroMQ's protocol, which carries Jupyter's messages over TCP: first each
 * side sends a greeting of 64 bytes, then frames. A frame is a byte of flags, a
 * length, and so many bytes. (https://rfc.zeromq.org/spec/23)
 */

/** Flags of a frame: more frames follow, the length has 8 bytes, it is a command. */
const MORE = 1, LONG = 2, COMMAND = 4;

/** The message by which a SUB socket subscribes to every topic. */
export const SUBSCRIBE_TO_ALL = Uint8Array.of(1);

/** A message as its frames, or a command as its bytes. */
export type Item =
  | { frames: Uint8Array[] }
  | { command: Uint8Array };

/** The greeting: signature, version 3.0, mechanism NULL, zeros up to 64 bytes. */
export const GREETING = Uint8Array.from(
  [0xff, ...zeros(8), 0x7f, 3, 0, ...letters("NULL"), ...zeros(48)],
);

function zeros(count: number): number[] {
  return new Array(count).fill(0);
}

function letters(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** The command after the greeting; it names the type of this socket. */
function ready(kind: "PUB" | "SUB" | "DEALER"): Uint8Array {
  const body = [5, ...letters("READY"), 11, ...letters("Socket-Type")]
    .concat([0, 0, 0, 3, ...letters(kind)]);
  return Uint8Array.from([COMMAND, body.length, ...body]);
}

/** The bytes of a message. */
export function encode(frames: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const heads = frames.map(({ length }, i) => {
    const more = i < frames.length - 1 ? MORE : 0;
    if (length < 256) return Uint8Array.of(more, length);
    const head = new Uint8Array(9);
    head[0] = more | LONG;
    new DataView(head.buffer).setBigUint64(1, BigInt(length));
    return head;
  });
  const parts = frames.flatMap((frame, i) => [heads[i], frame]);
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Connects with a kernel, and tries again for a minute while it starts. */
export async function connect(
  hostname: string,
  port: number,
): Promise<Deno.TcpConn> {
  for (let tries = 0;; tries++) {
    try {
      const connection = await Deno.connect({ hostname, port });
      connection.setNoDelay();
      return connection;
    } catch (error) {
      if (tries === 3_000) throw error; // a minute
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Exchanges greetings, as a socket of this type. */
export async function shakeHands(
  connection: Deno.Conn,
  kind: "PUB" | "SUB" | "DEALER",
) {
  const reader = new Reader(connection), writer = new Writer(connection);
  await writer.write(GREETING);
  await reader.take(GREETING.length);
  await writer.write(ready(kind));
  return { reader, writer };
}

/** Reads from a connection. */
export class Reader {
  readonly #connection: Deno.Conn;
  #bytes = new Uint8Array(65_536);
  /** Bytes from `#start` to `#end` have arrived and are not read yet. */
  #start = 0;
  #end = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next `count` bytes, or undefined where the other side has hung up. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#end - this.#start < count) {
      if (this.#start > 0) {
        this.#bytes.copyWithin(0, this.#start, this.#end);
        this.#end -= this.#start;
        this.#start = 0;
      }
      if (this.#bytes.length < count) {
        const longer = new Uint8Array(Math.max(count, 2 * this.#bytes.length));
        longer.set(this.#bytes.subarray(0, this.#end));
        this.#bytes = longer;
      }
      const came = await this.#connection
        .read(this.#bytes.subarray(this.#end)).catch(() => null);
      if (came === null) return undefined;
      this.#end += came;
    }
    this.#start += count;
    return this.#bytes.slice(this.#start - count, this.#start);
  }

  /** Forwards `count` bytes as they arrive: each side waits for some of the other. */
  async forward(count: number, to: Writer): Promise<void> {
    for (let done = 0; done < count;) {
      const first = await this.take(1);
      if (!first) return;
      const more = Math.min(count - done - 1, this.#end - this.#start);
      const rest = await this.take(more);
      await to.write(Uint8Array.of(...first, ...rest!));
      done += 1 + more;
    }
  }

  /** Messages and commands, until the other side hangs up. */
  async *items(): AsyncGenerator<Item> {
    let frames: Uint8Array[] = [];
    while (true) {
      const head = await this.take(1);
      if (!head) return;
      const size = await this.take(head[0] & LONG ? 8 : 1);
      if (!size) return;
      const length = head[0] & LONG
        ? Number(new DataView(size.buffer).getBigUint64(0))
        : size[0];
      const body = await this.take(length);
      if (!body) return;
      if (head[0] & COMMAND) {
        const command = new Uint8Array(1 + size.length + length);
        command.set(head);
        command.set(size, 1);
        command.set(body, 1 + size.length);
        yield { command };
        continue;
      }
      frames.push(body);
      if (head[0] & MORE) continue;
      yield { frames };
      frames = [];
    }
  }
}

/** Writes to a connection; several callers are served in turn. */
export class Writer {
  readonly #connection: Deno.Conn;
  #last: Promise<unknown> = Promise.resolve();
  /** Bytes that are not written yet. */
  waiting = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Writes bytes after all earlier ones. Where the other side is gone, does nothing. */
  write(bytes: Uint8Array): Promise<void> {
    this.waiting += bytes.length;
    const done = this.#last.then(() => this.#writeAll(bytes)).catch(() => {})
      .finally(() => this.waiting -= bytes.length);
    this.#last = done;
    return done;
  }

  async #writeAll(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }
}
