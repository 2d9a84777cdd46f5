/** A cell that a front end has asked to run. */

import type { Message } from "./messages.ts";
import type { CellError } from "./texts.ts";
import type { Writer } from "./zmtp.ts";

/** A front end's connection to the relay, and the relay's own to Deno's kernel. */
export interface Link {
  front: Writer;
  kernel: Writer;
}

/** A request to run a cell, and what is known about it so far. */
export interface Request {
  link: Link;
  message: Message;
  /** The error as Deno's kernel describes it. */
  error?: CellError;
  /** The thrown value as text, where the kernel itself could not make one. */
  thrown?: string;
  /** The kernel's reply, and its last message about the cell. */
  reply?: Message;
  idle?: Uint8Array[];
  /** Whether it has awaited something, so that the kernel could do other work. */
  hasWaited?: boolean;
  /** Whether something in it listens to Stop, as a training does. */
  listens?: boolean;
  /** Whether Stop was pressed while it ran. */
  isStopped?: boolean;
  /** Whether the cell already says what Stop can do. */
  isTold?: boolean;
  /** Files that it imports and that have changed since they were loaded. */
  changes?: Promise<string[]>;
}
