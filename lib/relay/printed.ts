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
  /** The request whose lines are counted, and how many there are. */
  #of = "";
  #lines = 0;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  /** Keeps a text for a moment, so that what comes next travels with it. */
  add(message: Message) {
    const { content: { name, text }, parent: { msg_id } } = message;
    if (msg_id !== this.#of) this.#lines = 0;
    this.#of = msg_id;
    this.#lines += text.split("\n").length - 1;
    if (this.#lines > MOST) return;
    const kept = this.#kept;
    if (kept?.content.name === name && kept?.parent.msg_id === msg_id) {
      kept!.content.text += text;
    } else {
      this.send();
      this.#kept = message;
    }
    this.#timer ??= setTimeout(() => this.send(), TOGETHER);
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
