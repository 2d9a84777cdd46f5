/**
 * Joins the lines that a cell prints into few messages: Deno's kernel sends one for
 * each call of console.log, and a browser needs far longer for a message than for a
 * line.
 */

import type { Message } from "./messages.ts";

/** Printed lines wait so long for others. */
const JOIN_FOR_MS = 50;
/** Further lines of a cell are left out: a browser would freeze. */
const MAX_LINES = 20_000;

/** Holds printed text for a moment. */
export class StreamBuffer {
  readonly #send: (message: Message) => void;
  /** Text that has not been sent yet. */
  #kept?: Message;
  #timer?: ReturnType<typeof setTimeout>;
  /** Lines that the running cell has printed. */
  #lines = 0;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  /** Keeps a text for a moment, so that the next one can join it. */
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
    this.#timer ??= setTimeout(() => this.send(), JOIN_FOR_MS);
  }

  /** The part of a text that is within the limit. */
  #cut(text: string): string {
    const lines = text.split("\n");
    const room = Math.max(0, MAX_LINES - this.#lines);
    this.#lines += lines.length - 1;
    const isAll = this.#lines <= MAX_LINES;
    return isAll ? text : lines.slice(0, room).join("\n") + (room ? "\n" : "");
  }

  /** Sends the text that was kept. */
  send() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#kept) this.#send(this.#kept);
    this.#kept = undefined;
  }

  /** The number of lines that were left out of the cell that ends now. */
  takeLeftOut(): number {
    const left = Math.max(0, this.#lines - MAX_LINES);
    this.#lines = 0;
    return left;
  }
}
