/**
 * Jupyter's messages, as they lie in the frames of a connection: perhaps a topic,
 * a mark, a signature, and four texts in JSON.
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html)
 */

import { createHmac } from "node:crypto";

// deno-lint-ignore no-explicit-any -- what is in a message is told by its type
type Json = Record<string, any>;

/** A message of Jupyter's. */
export interface Message {
  /** What stands before the mark: a topic, on the channel that is published. */
  before: Uint8Array[];
  header: Json;
  parent: Json;
  metadata: Json;
  content: Json;
  /** Binary parts. */
  buffers: Uint8Array[];
}

const MARK = "<IDS|MSG>";
const decoder = new TextDecoder(), encoder = new TextEncoder();

/** Reads and signs the messages of a kernel, whose key is in its connection file. */
export class Messages {
  readonly #key: string;
  readonly #session = crypto.randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  /** The message in these frames, or undefined where there is none. */
  read(frames: Uint8Array[]): Message | undefined {
    const at = frames.findIndex((frame) =>
      frame.length === MARK.length && decoder.decode(frame) === MARK
    );
    if (at < 0 || frames.length < at + 6) return undefined;
    const [header, parent, metadata, content] = frames.slice(at + 2, at + 6)
      .map((frame) => JSON.parse(decoder.decode(frame)));
    return {
      ...{ before: frames.slice(0, at), header, parent, metadata, content },
      buffers: frames.slice(at + 6),
    };
  }

  /** The frames of a message, signed. */
  write({ before, header, parent, metadata, content, buffers }: Message) {
    const parts = [header, parent, metadata, content]
      .map((part) => encoder.encode(JSON.stringify(part)));
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    const signature = encoder.encode(this.#key ? hmac.digest("hex") : "");
    return [...before, encoder.encode(MARK), signature, ...parts, ...buffers];
  }

  /** A message of our own, that answers or belongs to the request `parent`. */
  make(kind: string, content: Json, parent: Json): Message {
    const header = {
      ...{ msg_id: crypto.randomUUID(), msg_type: kind, username: "kernel" },
      ...{ session: this.#session, date: new Date().toISOString() },
      version: "5.3",
    };
    const before = [encoder.encode(kind)];
    return { before, header, parent, metadata: {}, content, buffers: [] };
  }
}
