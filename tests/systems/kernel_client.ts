/**
 * A front end of the course's kernel in a few lines, for systems where no Python can be
 * had: starts a kernel, runs a cell, hears what it prints.
 */

import { createHmac } from "node:crypto";
import { ROOT } from "../../tools/system.ts";

/** A message of Jupyter's, as far as a test asks. */
interface Message {
  header: { msg_type: string };
  parent_header: { msg_id?: string };
  content: Record<string, unknown>;
}

const encoder = new TextEncoder(), decoder = new TextDecoder();
const KEY = "a key that both know";
/** Ms after which a kernel that does not start, or a cell that runs, has hung. */
const PATIENCE = 30_000;
const DELIMITER = "<IDS|MSG>";
/** Bits of a frame's first byte: others follow, its length has eight bytes. */
const MORE = 1, LONG = 2;

/** One of a kernel's sockets, which speaks ZMTP 3.0. */
class Socket {
  #connection: Deno.TcpConn;
  #bytes = new Uint8Array(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(port: number, kind: "DEALER" | "SUB"): Promise<Socket> {
    const socket = new Socket(await connect(port));
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
    greeting.set(encoder.encode("NULL"), 12);
    await socket.#write(greeting);
    await socket.#read(64);
    const type = encoder.encode(`\x05READY\x0bSocket-Type\0\0\0`);
    const name = encoder.encode(kind);
    const length = type.length + 1 + name.length;
    await socket.#write(
      Uint8Array.of(4, length, ...type, name.length, ...name),
    );
    if (kind === "SUB") await socket.#write(Uint8Array.of(0, 1, 1));
    await socket.#frame(); // READY
    return socket;
  }

  async send(parts: string[]) {
    for (const [i, part] of parts.entries()) {
      const frame = encoder.encode(part);
      const head = new DataView(new ArrayBuffer(9));
      head.setUint8(0, LONG | (i < parts.length - 1 ? MORE : 0));
      head.setBigUint64(1, BigInt(frame.length));
      await this.#write(new Uint8Array(head.buffer));
      await this.#write(frame);
    }
  }

  async receive(): Promise<Message> {
    const frames: string[] = [];
    for (let more = true; more;) {
      const frame = await this.#frame();
      frames.push(decoder.decode(frame.bytes));
      more = frame.more;
    }
    const [header, parent_header, , content] = frames
      .slice(frames.indexOf(DELIMITER) + 2).map((text) => JSON.parse(text));
    return { header, parent_header, content };
  }

  close() {
    this.#connection.close();
  }

  async #frame() {
    const [flags, short] = await this.#read(2);
    let length = short;
    if (flags & LONG) {
      const rest = await this.#read(7);
      length = Number(
        new DataView(Uint8Array.of(short, ...rest).buffer).getBigUint64(0),
      );
    }
    return { more: (flags & MORE) > 0, bytes: await this.#read(length) };
  }

  async #read(count: number): Promise<Uint8Array> {
    const chunk = new Uint8Array(65_536);
    while (this.#bytes.length < count) {
      const length = await this.#connection.read(chunk);
      if (length === null) throw new Error("The kernel hung up");
      const grown = new Uint8Array(this.#bytes.length + length);
      grown.set(this.#bytes);
      grown.set(chunk.subarray(0, length), this.#bytes.length);
      this.#bytes = grown;
    }
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return bytes;
  }

  async #write(bytes: Uint8Array) {
    for (let done = 0; done < bytes.length;) {
      done += await this.#connection.write(bytes.subarray(done));
    }
  }
}

/** Tries again and again: a kernel takes a while to start. */
async function connect(port: number): Promise<Deno.TcpConn> {
  const end = performance.now() + PATIENCE;
  while (true) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** So many ports that nobody uses now. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  for (const listener of listeners) listener.close();
  return listeners.map(({ addr }) => addr.port);
}

/** Sends a request with a signature; returns its id. */
async function ask(
  socket: Socket,
  msg_type: string,
  content: Record<string, unknown>,
): Promise<string> {
  const msg_id = crypto.randomUUID();
  const header = { msg_id, msg_type, version: "5.3", session: "test" };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  const signature = createHmac("sha256", KEY).update(parts.join(""))
    .digest("hex");
  await socket.send([DELIMITER, signature, ...parts]);
  return msg_id;
}

const RELAY = `${ROOT}lib/kernel/relay/main.ts`;

/** The course's kernel, with this very Deno. */
export class Kernel {
  process: Deno.ChildProcess;
  #sockets: Promise<Record<"shell" | "published" | "control", Socket>>;

  /** Starts it in `cwd`, with its connection file in `folder`. */
  constructor(
    folder: string,
    { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
  ) {
    const start = () => {
      const [shell_port, iopub_port, stdin_port, control_port, hb_port] =
        freePorts(5);
      const connection = {
        ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
        ...{ transport: "tcp", ip: "127.0.0.1", key: KEY },
        signature_scheme: "hmac-sha256",
      };
      const path = `${folder}/kernel of a test.json`;
      Deno.writeTextFileSync(path, JSON.stringify(connection));
      const process = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-config", "--quiet", RELAY, path],
        cwd,
        env,
        stdout: "null",
        stderr: "null",
      }).spawn();
      return { process, connection };
    };
    const first = start();
    this.process = first.process;
    this.#sockets = (async () => {
      let { process, connection } = first;
      for (let tries = 0; tries < 3; tries++) {
        const { shell_port, iopub_port, control_port } = connection;
        const sockets = Promise.all([
          Socket.open(shell_port, "DEALER"),
          Socket.open(iopub_port, "SUB"),
          Socket.open(control_port, "DEALER"),
        ]);
        const ended = process.status.then(() => undefined);
        const opened = await Promise.race([sockets, ended]);
        if (opened) {
          const [shell, published, control] = opened;
          return { shell, published, control };
        }
        // Another program was faster with one of the ports.
        sockets.catch(() => {});
        ({ process, connection } = start());
        this.process = process;
      }
      throw new Error("The kernel ended three times before it began");
    })();
  }

  /**
   * Runs a cell and returns what it prints, and its errors; `heard` is called
   * with what was printed so far.
   */
  async run(code: string, heard: (text: string) => void = () => {}) {
    const { shell, published } = await this.#sockets;
    const msg_id = await ask(shell, "execute_request", {
      code,
      silent: false,
      store_history: true,
      stop_on_error: true,
    });
    const hung = setTimeout(() => this.#kill(), PATIENCE);
    try {
      let text = "";
      while (true) {
        const { header, parent_header, content } = await published.receive();
        if (parent_header.msg_id !== msg_id) continue;
        if (header.msg_type === "stream") text += content.text;
        if (header.msg_type === "error") text += content.evalue;
        if (content.execution_state === "idle") break;
        heard(text);
      }
      await shell.receive();
      return text;
    } finally {
      clearTimeout(hung);
    }
  }

  /** Presses Stop. */
  async interrupt() {
    const { control } = await this.#sockets;
    await ask(control, "interrupt_request", {});
  }

  /** Asks it to end. */
  async askToEnd() {
    const { control } = await this.#sockets;
    await ask(control, "shutdown_request", { restart: false });
  }

  /** Ends it at once. */
  async end() {
    for (const socket of Object.values(await this.#sockets)) socket.close();
    this.#kill();
    await this.process.status;
  }

  #kill() {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended before.
    }
  }
}
