/** What a front end asks of the relay. */

import type { Message } from "./messages.ts";
import type { Told } from "./words.ts";
import type { Writer } from "./zmtp.ts";

/** One connection of a front end, and ours to Deno's kernel in its place. */
export interface Link {
  front: Writer;
  kernel: Writer;
}

/** A cell that is to be run. */
export interface Request {
  link: Link;
  message: Message;
  /** What Deno's kernel said of an error. */
  error?: Told;
  /** The thrown value as text, where the kernel itself could not make one. */
  thrown?: string;
  /** What Deno's kernel said last of it. */
  reply?: Message;
  idle?: Uint8Array[];
  /** Whether it has waited for something, and given Deno's kernel a turn. */
  hasWaited?: boolean;
  /** Whether something in it listens to Stop, as a training does. */
  listens?: boolean;
  /** Whether Stop was pressed while it ran. */
  isStopped?: boolean;
  /** Whether the cell already shows what Stop does to it. */
  isTold?: boolean;
  /** Files that it imports, and that were changed since they were imported. */
  changes?: Promise<string[]>;
}
