/** All front ends that listen to what a kernel publishes. */

import type { Messages } from "./messages.ts";
import { Printed } from "./printed.ts";
import { encode, shakeHands, type Writer } from "./zmtp.ts";

/** Bytes that wait for a front end at most. */
const MOST_WAITING = 100_000_000;

/** Sends to each what is published, in its order. */
export class Audience {
  readonly #fronts = new Set<Writer>();
  /** What is printed waits for a moment for more, and goes before all else. */
  readonly printed = new Printed((message) =>
    this.send(this.messages.write(message))
  );

  constructor(private readonly messages: Messages) {}

  /** Sends to a front end too, as long as it listens. */
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
      // One that does not listen any more misses some, as ZeroMQ has it.
      if (front.waiting < MOST_WAITING) void front.write(bytes);
    }
  }

  /** Says something to whoever reads the cell of the request `parent`, in red. */
  say(text: string, parent: object) {
    this.publish("stream", { name: "stderr", text }, parent);
  }

  /** Publishes what the relay itself says of the request `parent`. */
  publish(kind: string, content: object, parent: object) {
    this.printed.send();
    const message = this.messages.make(kind, content, parent);
    const before = [new TextEncoder().encode(kind)]; // the topic
    this.send(this.messages.write({ ...message, before }));
  }
}
