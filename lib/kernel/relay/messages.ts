/**
 * Jupyter's messages in the frames of a connection: identities or a topic, a
 * delimiter, a signature, and four JSON texts.
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html)
 */

import { createHmac, timingSafeEqual } from "node:crypto";

/** The parts of Jupyter's connection file that we read. */
export interface Connection {
  ip: string;
  key: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

export type Channel = "shell" | "iopub" | "stdin" | "control" | "hb";
export const CHANNELS: Channel[] = ["shell", "iopub", "stdin", "control", "hb"];

// deno-lint-ignore no-explicit-any -- the fields depend on the type of message
type Json = Record<string, any>;

/** A message of Jupyter. */
export interface Message {
  /** The frames before the delimiter: on iopub, the topic. */
  before: Uint8Array[];
  header: Json;
  parent: Json;
  metadata: Json;
  content: Json;
  /** Binary parts. */
  buffers: Uint8Array[];
}

const DELIMITER = "<IDS|MSG>";
const decoder = new TextDecoder(), encoder = new TextEncoder();

/** Reads and signs the messages of a kernel, whose key is in its connection file. */
export class Messages {
  readonly #key: string;
  readonly #session = crypto.randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  /** The message in these frames; undefined where the signature is not ours. */
  read(frames: Uint8Array[]): Message | undefined {
    const at = frames.findIndex((frame) =>
      frame.length === DELIMITER.length && decoder.decode(frame) === DELIMITER
    );
    if (at < 0 || frames.length < at + 6) return undefined;
    const signature = this.#sign(frames.slice(at + 2, at + 6));
    const isOurs = signature.length === frames[at + 1].length &&
      timingSafeEqual(signature, frames[at + 1]);
    if (!isOurs) return undefined;
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
    const delimiter = encoder.encode(DELIMITER);
    return [...before, delimiter, this.#sign(parts), ...parts, ...buffers];
  }

  /** HMAC-SHA256 in hexadecimal digits; empty where there is no key. */
  #sign(parts: Uint8Array[]): Uint8Array {
    if (!this.#key) return new Uint8Array();
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return encoder.encode(hmac.digest("hex"));
  }

  /** Whether this message answers a request of the relay itself. */
  isAskedByUs({ parent }: Message): boolean {
    return parent?.session === this.#session;
  }

  /** A new message that belongs to the request `parent`. */
  make(kind: string, content: Json, parent: Json): Message {
    const header = {
      ...{ msg_id: crypto.randomUUID(), msg_type: kind, username: "kernel" },
      ...{ session: this.#session, date: new Date().toISOString() },
      version: "5.3",
    };
    return { before: [], header, parent, metadata: {}, content, buffers: [] };
  }
}
