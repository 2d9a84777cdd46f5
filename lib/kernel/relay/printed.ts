/**
 * What a cell prints, in few messages: Deno's kernel sends one for each call of
 * console.log, and a browser needs longer for a message than for a line.
 */

import type { Message } from "./messages.ts";

/** Ms for which printed lines wait for others to travel with. */
const TOGETHER = 50;
/** More lines than that of a cell are left out: a browser would come to a halt. */
const MOST = 20_000;

/** Printed text on its way to the front ends. */
export class Printed {
  readonly #send: (message: Message) => void;
  /** Text that has not been sent on. */
  #kept?: Message;
  #timer?: ReturnType<typeof setTimeout>;
  /** Lines of the cell that runs. */
  #lines = 0;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  /** Keeps a text for a moment, so that what comes next travels with it. */
  add(message: Message, { isCounted }: { isCounted: boolean }) {
    const { content, parent: { msg_id } } = message;
    const { name } = content;
    const text = isCounted ? this.#cut(content.text) : content.text;
    if (!text) return;
    content.text = text;
    const kept = this.#kept;
    if (kept?.content.name === name && kept?.parent.msg_id === msg_id) {
      kept!.content.text += text;
    } else {
      this.send();
      this.#kept = message;
    }
    this.#timer ??= setTimeout(() => this.send(), TOGETHER);
  }

  /** What of a text is still among the lines that are shown. */
  #cut(text: string): string {
    const lines = text.split("\n");
    const room = Math.max(0, MOST - this.#lines);
    this.#lines += lines.length - 1;
    const isAll = this.#lines <= MOST;
    return isAll ? text : lines.slice(0, room).join("\n") + (room ? "\n" : "");
  }

  /** Sends on what was kept, so that what comes next stands behind it. */
  send() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#kept) this.#send(this.#kept);
    this.#kept = undefined;
  }

  /** How many lines of the cell that ends now were left out. */
  takeLeftOut(): number {
    const left = Math.max(0, this.#lines - MOST);
    this.#lines = 0;
    return left;
  }
}
