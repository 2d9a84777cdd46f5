/** Tells Deno's kernel of Stop, and whether it hears. */

/** Ms after which a kernel that has not answered to Stop is taken to be computing. */
export const ANSWERS_WITHIN = 400;

/** A line to inside.ts in the kernel, over its standard input. */
export class Bell {
  /** To be called when the kernel has heard: so it does not compute. */
  heard?: () => void;
  /** The answer of the kernel, while it is waited for. */
  #ringing?: Promise<boolean>;

  constructor(private readonly input: WritableStream<Uint8Array>) {}

  /** Tells the kernel of Stop; false where it does not answer, since it computes. */
  ring(): Promise<boolean> {
    const ringing = this.#ringing ?? this.#ring();
    // All who press Stop meanwhile wait for the same answer.
    this.#ringing = ringing.finally(() => this.#ringing = undefined);
    return ringing;
  }

  /** Asks to hear, by "course_waits", when the cell with this number waits. */
  ask(cell: number): Promise<void> {
    return this.#write(`${cell}\n`);
  }

  async #write(line: string) {
    const writer = this.input.getWriter();
    await writer.write(new TextEncoder().encode(line));
    writer.releaseLock();
  }

  async #ring(): Promise<boolean> {
    const heard = new Promise<boolean>((resolve) =>
      this.heard = () => resolve(true)
    );
    await this.#write("stop\n");
    const late = new Promise<boolean>((resolve) =>
      setTimeout(resolve, ANSWERS_WITHIN, false)
    );
    return await Promise.race([heard, late]);
  }
}
