/** What the relay itself asks of Deno's kernel, which no front end sees. */

import { Names } from "./complete.ts";
import type { Channel, Messages } from "./messages.ts";
import { encode, shakeHands } from "./zmtp.ts";

/** What belongs into the kernel before any cell runs. */
const INSIDE = new URL("./inside.ts", import.meta.url).href;
/** Ms within which the kernel publishes what a cell has printed. */
const SENT_WITHIN = 10_000;

/** Asks the kernel, and waits for its answer. */
type Ask = (kind: string, content: object) => Promise<void>;

/** Asks by connections of its own. */
export class Asker {
  /** What Deno's kernel could not be mended of; the next cell says so. */
  readonly warnings: string[] = [];
  readonly #names = new Names((code) => this.#run(code));
  /** To be called when all that was given to the kernel before is published. */
  #sent?: () => void;
  #shell?: Ask;
  #control?: Ask;

  constructor(
    private readonly messages: Messages,
    private readonly connect: (channel: Channel) => Promise<Deno.TcpConn>,
  ) {}

  /** Opens the connections, and puts into the kernel what belongs there. */
  async begin() {
    this.#control = await this.#open("control");
    this.#shell = await this.#open("shell");
    await this.#run(`await import(${JSON.stringify(INSIDE)})`);
  }

  async #open(channel: "shell" | "control"): Promise<Ask> {
    const connection = await this.connect(channel);
    const { reader, writer } = await shakeHands(connection, "DEALER");
    const items = reader.items();
    await items.next(); // the kernel's side of the greeting
    return async (kind, content) => {
      const request = this.messages.make(kind, content, {});
      await writer.write(encode(this.messages.write(request)));
      await items.next();
    };
  }

  #run(code: string): Promise<void> {
    return this.#shell!("execute_request", {
      ...{ code, silent: true, store_history: false, allow_stdin: false },
    });
  }

  /** Has Deno end what computes; it cannot end what has waited before. */
  interrupt() {
    void this.#control!("interrupt_request", {});
  }

  /** The names of what is in a value of a cell, such as `rows[0]`. */
  namesIn(value: string): Promise<string[]> {
    return this.#names.in(value);
  }

  /**
   * Waits until all that a cell has given to the kernel is published: the kernel
   * queues it, and says that the cell has ended before it is out.
   */
  async waitUntilSent() {
    const sent = new Promise<void>((resolve) => this.#sent = resolve);
    await this.#run(`globalThis[Symbol.for("course.end")]()`);
    let timer;
    const late = new Promise<void>((resolve) =>
      timer = setTimeout(resolve, SENT_WITHIN)
    );
    await Promise.race([sent, late]);
    clearTimeout(timer);
  }

  /** Hears what is published; whether it was the answer to a question. */
  hear(
    kind: string,
    // deno-lint-ignore no-explicit-any -- inside.ts has written it
    content: any,
  ): boolean {
    if (kind === "course_sent") this.#sent?.();
    else if (kind === "course_names") this.#names.heard(content);
    else if (kind === "course_warns") this.warnings.push(content.text);
    else return false;
    return true;
  }
}
