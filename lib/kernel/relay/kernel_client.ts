/** The relay's own requests to Deno's kernel, which no front end sees. */

import { Names } from "./completion.ts";
import type { Channel, Messages } from "./messages.ts";
import { encode, shakeHands } from "./zmtp.ts";

/** The program that runs in the kernel before any cell. */
const INSIDE = new URL("../inside/inside.ts", import.meta.url).href;
/** After so long without a message we assume that the kernel has sent everything. */
const SENT_WITHIN_MS = 10_000;

/** Sends a request to the kernel, and waits for its reply. */
type Ask = (kind: string, content: object) => Promise<void>;

/** A client of the kernel with connections of its own. */
export class KernelClient {
  /** Warnings that the next cell shows. */
  readonly warnings: string[] = [];
  readonly #names = new Names((code) => this.#run(code));
  /** Called when the kernel has published everything up to the end of a cell. */
  #sent?: () => void;
  /** When the kernel last published something. */
  #news = 0;
  /** Requests without a reply so far. */
  #questions = 0;
  /** Counts the ends of cells. */
  #ends = 0;
  #shell?: Ask;
  #control?: Ask;

  constructor(
    private readonly messages: Messages,
    private readonly connect: (channel: Channel) => Promise<Deno.TcpConn>,
  ) {}

  /** Opens the connections, and runs inside.ts in the kernel. */
  async begin() {
    this.#control = await this.#open("control");
    this.#shell = await this.#open("shell");
    await this.#run(`await import(${JSON.stringify(INSIDE)})`);
  }

  async #open(channel: "shell" | "control"): Promise<Ask> {
    const connection = await this.connect(channel);
    const { reader, writer } = await shakeHands(connection, "DEALER");
    const items = reader.items();
    await items.next(); // the kernel's READY command
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

  /** Whether a request waits for its reply. */
  get isAsking(): boolean {
    return this.#questions > 0;
  }

  /** Makes Deno end a computation; code that has awaited something it cannot end. */
  interrupt() {
    void this.#control!("interrupt_request", {});
  }

  /** The names of the members of a value, such as `rows[0]`. */
  namesIn(value: string): Promise<string[]> {
    return this.#names.in(value);
  }

  /**
   * Waits until the kernel has published all output of a cell: it queues output, and
   * says that the cell has ended before the queue is empty.
   */
  async waitUntilSent() {
    await new Promise<void>((resolve) => {
      const look = () => {
        const isQuiet = performance.now() - this.#news > SENT_WITHIN_MS;
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

  /** Handles a published message; true if it was an answer to the relay itself. */
  hear(
    kind: string,
    // deno-lint-ignore no-explicit-any -- inside.ts writes it
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
