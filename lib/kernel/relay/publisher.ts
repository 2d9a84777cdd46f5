/** Publishes messages on the iopub channel, to every front end that listens. */

import type { Messages } from "./messages.ts";
import { StreamBuffer } from "./stream_buffer.ts";
import { encode, shakeHands, type Writer } from "./zmtp.ts";

/** For a front end with more bytes waiting, messages are dropped, as ZeroMQ does. */
const MAX_WAITING_BYTES = 100_000_000;

/** Sends each message to all front ends, in order. */
export class Publisher {
  readonly #fronts = new Set<Writer>();
  /** Printed text waits a moment for more; other messages make it go first. */
  readonly stream = new StreamBuffer((message) =>
    this.send(this.messages.write(message))
  );

  constructor(private readonly messages: Messages) {}

  /** Adds a front end, until it hangs up. */
  async join(connection: Deno.Conn) {
    const { reader, writer } = await shakeHands(connection, "PUB");
    this.#fronts.add(writer);
    for await (const _ of reader.items());
    this.#fronts.delete(writer);
    connection.close();
  }

  send(frames: Uint8Array[]) {
    const bytes = encode(frames);
    for (const front of this.#fronts) {
      if (front.waiting < MAX_WAITING_BYTES) void front.write(bytes);
    }
  }

  /** Shows a text, in red, in the cell of the request `parent`. */
  say(text: string, parent: object) {
    this.publish("stream", { name: "stderr", text }, parent);
  }

  /** Publishes a message of the relay itself about the request `parent`. */
  publish(kind: string, content: object, parent: object) {
    this.stream.send();
    const message = this.messages.make(kind, content, parent);
    const before = [new TextEncoder().encode(kind)]; // the topic
    this.send(this.messages.write({ ...message, before }));
  }
}
