/** Lines to inside.ts, the program in the kernel, over the kernel's standard input. */

/** A kernel that has not answered to Stop by then is computing. */
export const ANSWER_WITHIN_MS = 400;

/** Sends lines, and waits for the answers. */
export class StdinLink {
  /** The relay calls this when the kernel has answered to Stop. */
  heard?: () => void;
  /** The answer, while we wait for it. */
  #asking?: Promise<boolean>;

  constructor(private readonly input: WritableStream<Uint8Array>) {}

  /** Sends "stop"; resolves to false where the kernel does not answer in time. */
  sendStop(): Promise<boolean> {
    const asking = this.#asking ?? this.#send();
    // Whoever presses Stop meanwhile waits for the same answer.
    this.#asking = asking.finally(() => this.#asking = undefined);
    return asking;
  }

  /** Sends a cell's number; inside.ts answers "course_waits" once that cell waits. */
  ask(cell: number): Promise<void> {
    return this.#write(`${cell}\n`);
  }

  async #write(line: string) {
    const writer = this.input.getWriter();
    await writer.write(new TextEncoder().encode(line));
    writer.releaseLock();
  }

  async #send(): Promise<boolean> {
    const heard = new Promise<boolean>((resolve) =>
      this.heard = () => resolve(true)
    );
    await this.#write("stop\n");
    const late = new Promise<boolean>((resolve) =>
      setTimeout(resolve, ANSWER_WITHIN_MS, false)
    );
    return await Promise.race([heard, late]);
  }
}
