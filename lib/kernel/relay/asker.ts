/** What the relay itself asks of Deno's kernel, which no front end sees. */

import { Names } from "./complete.ts";
import type { Channel, Messages } from "./messages.ts";
import { encode, shakeHands } from "./zmtp.ts";

/** The program that is put into the kernel before any cell runs. */
const INSIDE = new URL("../inside/inside.ts", import.meta.url).href;
/** Ms without a message after which the kernel is taken to have sent all. */
const SENT_WITHIN = 10_000;

/** Asks the kernel, and waits for its answer. */
type Ask = (kind: string, content: object) => Promise<void>;

/** Asks by connections of its own. */
export class Asker {
  /** What could not be mended in this version of Deno; the next cell shows it. */
  readonly warnings: string[] = [];
  readonly #names = new Names((code) => this.#run(code));
  /** To be called when all that was given to the kernel before is published. */
  #sent?: () => void;
  /** When the kernel published something last. */
  #news = 0;
  /** How many questions wait for an answer. */
  #questions = 0;
  /** Number of the newest cell whose end was waited for. */
  #ends = 0;
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

  async #run(code: string) {
    this.#questions++;
    await this.#shell!("execute_request", {
      ...{ code, silent: true, store_history: false, allow_stdin: false },
    });
    this.#questions--;
  }

  /** Whether the kernel has not answered yet. */
  get isAsking(): boolean {
    return this.#questions > 0;
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
    await new Promise<void>((resolve) => {
      const look = () => {
        const isQuiet = performance.now() - this.#news > SENT_WITHIN;
        if (isQuiet) finish();
      };
      const timer = setInterval(look, 1_000);
      const finish = this.#sent = () => {
        clearInterval(timer);
        resolve();
      };
      this.#news = performance.now();
      const end = `globalThis[Symbol.for("course.end")](${++this.#ends})`;
      void this.#run(end);
    });
  }

  /** Hears what is published; whether it was the answer to a question. */
  hear(
    kind: string,
    // deno-lint-ignore no-explicit-any -- inside.ts has written it
    content: any,
  ): boolean {
    this.#news = performance.now();
    if (kind === "course_sent") {
      if (content.end === this.#ends) this.#sent?.();
    } else if (kind === "course_names") this.#names.heard(content);
    else if (kind === "course_warns") this.warnings.push(content.text);
    else return false;
    return true;
  }
}
