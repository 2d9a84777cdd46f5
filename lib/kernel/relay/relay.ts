/** Passes messages between front ends and Deno's kernel, and changes some of them. */

import { KernelClient } from "./kernel_client.ts";
import { Publisher } from "./publisher.ts";
import { ANSWER_WITHIN_MS, StdinLink } from "./stdin_link.ts";
import { ChangedFiles } from "./changed_files.ts";
import { cellSource } from "../cells/cell_source.ts";
import { memberAt } from "./completion.ts";
import { documentation } from "./documentation.ts";
import {
  type Channel,
  CHANNELS,
  type Connection,
  type Message,
  Messages,
} from "./messages.ts";
import {
  connect,
  encode,
  GREETING,
  Reader,
  shakeHands,
  SUBSCRIBE_TO_ALL,
  Writer,
} from "./zmtp.ts";
import type { Link, Request } from "./request.ts";
import { errorOf } from "./syntax_errors.ts";
import {
  CANNOT_STOP,
  type CellError,
  changedFilesText,
  STOP_HEARD,
} from "./texts.ts";

/** After this time the cell says that it has received Stop and still runs. */
const LISTENS_WITHIN_MS = 3_000;
/** The types of published messages that are output of a cell. */
const OUTPUTS = ["stream", "display_data", "update_display_data"]
  .concat(["execute_result", "clear_output"]);
/** A cell that still runs after this time is asked whether it waits. */
const ASK_AFTER_MS = 100;
/** So long we wait for the last message of a cell after its reply. */
const IDLE_WITHIN_MS = 2_000;

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Forwards messages, and runs one cell at a time. */
export class Relay {
  readonly #messages: Messages;
  readonly #publisher: Publisher;
  readonly #waiting: Request[] = [];
  #running?: Request;
  /** The cell that is running, or that ran last. */
  #newest?: Message;
  /** Number of the newest cell, as the kernel counts. */
  #number = 0;
  #isFinishing = false;
  readonly #changedFiles = new ChangedFiles();
  readonly #stdin: StdinLink;
  readonly #client: KernelClient;

  constructor(
    front: Connection,
    private readonly kernel: Connection,
    private readonly child: Deno.ChildProcess,
  ) {
    this.#messages = new Messages(front.key);
    this.#publisher = new Publisher(this.#messages);
    this.#stdin = new StdinLink(child.stdin);
    this.#client = new KernelClient(
      this.#messages,
      (channel) => this.#connect(channel),
    );
  }

  /** Connects with the kernel, and runs inside.ts in it. */
  async begin() {
    await this.#listenToKernel();
    await this.#client.begin();
  }

  /** Begins to accept front ends. */
  serve(listeners: Record<Channel, Deno.TcpListener>) {
    for (const channel of CHANNELS) {
      void this.#accept(listeners[channel], channel);
    }
  }

  async #accept(listener: Deno.TcpListener, channel: Channel) {
    for await (const connection of listener) {
      connection.setNoDelay();
      const done = channel === "iopub"
        ? this.#publisher.join(connection)
        : this.#pair(connection, channel);
      done.catch((error) => console.error("Deno (course):", error));
    }
  }

  #connect(channel: Channel): Promise<Deno.TcpConn> {
    return connect(this.kernel.ip, this.kernel[`${channel}_port`]);
  }

  /** Connects a front end with the kernel, and reads the messages of both. */
  async #pair(front: Deno.Conn, channel: Channel) {
    const kernel = await this.#connect(channel);
    const link = { front: new Writer(front), kernel: new Writer(kernel) };
    const pump = async (from: Deno.Conn, isFront: boolean) => {
      const to = isFront ? link.kernel : link.front;
      const reader = new Reader(from);
      await reader.forward(channel === "hb" ? Infinity : GREETING.length, to);
      for await (const item of reader.items()) {
        if ("command" in item) await to.write(item.command);
        else {
          const { frames } = item;
          const isTaken = isFront
            ? this.#hear(frames, { link, channel })
            : channel === "shell" && this.#hearReply(frames, link);
          if (!isTaken) await to.write(encode(frames));
        }
      }
    };
    await Promise.race([pump(front, true), pump(kernel, false)]);
    front.close();
    // Its cells still run, and their replies must have somewhere to go.
    while (this.#isOwed(link)) await later(200);
    kernel.close();
  }

  /** Subscribes to all that the kernel publishes. */
  async #listenToKernel() {
    const connection = await this.#connect("iopub");
    const { reader, writer } = await shakeHands(connection, "SUB");
    await writer.write(encode([SUBSCRIBE_TO_ALL]));
    void (async () => {
      for await (const item of reader.items()) {
        if (!("frames" in item)) continue;
        try {
          this.#published(item.frames);
        } catch (error) {
          // A cell may publish anything; the relay must survive it.
          console.error("Deno (course):", error);
        }
      }
    })();
  }

  /** Handles a request of a front end; true if it must not be forwarded. */
  #hear(
    frames: Uint8Array[],
    { link, channel }: { link: Link; channel: Channel },
  ): boolean {
    const message = this.#messages.read(frames);
    if (!message) return true; // its signature is wrong
    const { header } = message, kind = header.msg_type;
    if (channel === "shell" && kind === "execute_request") {
      this.#waiting.push({ link, message });
      this.#runNext();
      return true;
    }
    if (kind === "inspect_request") {
      void this.#inspect(link, message);
      return true;
    }
    if (kind === "complete_request" && !this.#running) {
      const { code, cursor_pos } = message.content;
      const member = memberAt(code, cursor_pos);
      if (member) void this.#complete(link, message, member);
      return member !== undefined;
    }
    if (kind === "shutdown_request") {
      // A kernel that computes would not react to the request.
      setTimeout(() => this.child.kill("SIGKILL"), 1_000);
    }
    if (channel === "control" && kind === "interrupt_request") {
      void this.stop();
      void this.#answer(link, "interrupt_reply", { status: "ok" }, header);
      return true;
    }
    return false;
  }

  async #inspect(
    link: Link,
    { header, content: { code, cursor_pos } }: Message,
  ) {
    const text = await documentation(code, cursor_pos)
      .catch(() => undefined); // Deno itself may have been removed
    const data = text === undefined ? {} : { "text/plain": text };
    const found = text !== undefined;
    const content = { status: "ok", found, data, metadata: {} };
    await this.#answer(link, "inspect_reply", content, header);
  }

  /** Answers with the names of a value's members, while no cell runs. */
  async #complete(
    link: Link,
    { header, content: { cursor_pos: cursor_end } }: Message,
    { value, beginning }: { value: string; beginning: string },
  ) {
    const matches = (await this.#client.namesIn(value))
      .filter((name) => name.startsWith(beginning));
    const cursor_start = cursor_end - beginning.length;
    const content = { status: "ok", matches, cursor_start, cursor_end };
    const reply = { ...content, metadata: {} };
    await this.#answer(link, "complete_reply", reply, header);
  }

  /** Answers in place of the kernel; front ends also wait for "busy" and "idle". */
  async #answer(link: Link, kind: string, content: object, parent: object) {
    this.#publisher.publish("status", { execution_state: "busy" }, parent);
    const message = this.#messages.make(kind, content, parent);
    await link.front.write(encode(this.#messages.write(message)));
    this.#publisher.publish("status", { execution_state: "idle" }, parent);
    // A front end shows the last status it receives, and a cell may still run.
    if (!this.#running || this.#isFinishing) return;
    const { header } = this.#running.message;
    this.#publisher.publish("status", { execution_state: "busy" }, header);
  }

  #isOwed(link: Link): boolean {
    return [this.#running, ...this.#waiting].some((one) => one?.link === link);
  }

  #runNext() {
    if (this.#running) return;
    this.#running = this.#waiting.shift();
    if (!this.#running) return;
    const { link, message } = this.#running;
    this.#newest = message;
    const content = { ...message.content };
    if (!content.silent && content.store_history !== false) {
      content.code = cellSource(`${content.code ?? ""}`, ++this.#number);
      this.#running.changes = this.#changedFiles.since(content.code).catch(
        () => [],
      );
    }
    const frames = this.#messages.write({ ...message, content });
    void link.kernel.write(encode(frames));
  }

  #isRunning(parent: { msg_id?: string }): boolean {
    const { msg_id } = this.#running?.message.header ?? {};
    return msg_id !== undefined && msg_id === parent?.msg_id;
  }

  /** Handles a reply of the kernel; true if it must not be forwarded yet. */
  #hearReply(frames: Uint8Array[], { front }: Link): boolean {
    const message = this.#messages.read(frames);
    if (message?.header.msg_type === "kernel_info_reply") {
      // JupyterLab would write the version into each notebook that it opens.
      delete message.content.language_info?.version;
      void front.write(encode(this.#messages.write(message)));
      return true;
    }
    if (message?.header.msg_type !== "execute_reply") return false;
    if (!this.#isRunning(message.parent)) return false;
    this.#running!.reply = message;
    void this.#finish();
    return true;
  }

  /** Handles a message that the kernel has published. */
  #published(frames: Uint8Array[]) {
    const message = this.#messages.read(frames);
    const kind = message?.header.msg_type;
    if (!message) return;
    if (kind === "course_listens") {
      if (this.#isRunning(message.parent)) this.#running!.listens = true;
      return;
    }
    if (kind === "course_waits") {
      const isNow = message.content?.cell === this.#number;
      if (isNow && this.#running) this.#running.hasWaited = true;
      return;
    }
    if (kind === "course_thrown") {
      if (this.#running) this.#running.thrown = message.content?.thrown;
      return;
    }
    if (kind === "course_heard") {
      this.#stdin.heard?.();
      return;
    }
    if (this.#client.hear(kind, message.content)) return;
    if (this.#messages.isAskedByUs(message)) {
      // Late output belongs to the newest cell; nobody should see the rest.
      if (!OUTPUTS.includes(kind) || !this.#newest) return;
      message.parent = this.#newest.header;
      frames = this.#messages.write(message);
    }
    if (kind === "stream" && typeof message.content?.text === "string") {
      const isCounted = this.#isRunning(message.parent);
      this.#publisher.stream.add(message, { isCounted });
      return;
    }
    this.#publisher.stream.send();
    const isOurs = this.#isRunning(message.parent);
    if (isOurs && kind === "error") {
      // It is shown after all that the cell has printed, which may come later.
      this.#running!.error ??= message.content as CellError;
      return;
    }
    if (
      isOurs && kind === "status" && message.content?.execution_state === "idle"
    ) {
      this.#running!.idle = frames;
      void this.#finish();
      return;
    }
    if (isOurs && kind === "execute_input") {
      message.content.code = this.#running!.message.content.code;
      void this.#askWhetherItWaits(this.#running!);
      this.#publisher.send(this.#messages.write(message));
      return;
    }
    this.#publisher.send(frames);
  }

  /** Ends a cell when both its reply and its last message are there. */
  async #finish() {
    const running = this.#running!;
    if (this.#isFinishing || !running.reply) return;
    if (!running.idle) {
      await later(IDLE_WITHIN_MS);
      if (this.#isFinishing || this.#running !== running) return;
    }
    this.#isFinishing = true;
    await this.#client.waitUntilSent();
    const { reply, message, link } = running;
    const { header, content } = message;
    const isError = reply.content.status === "error";
    const error = await errorOf(running);
    if (isError) Object.assign(reply.content, error);
    if (error) this.#publisher.publish("error", error, header);
    const left = this.#publisher.stream.takeLeftOut();
    if (left > 0) {
      const text = `… ${left.toLocaleString("en")} more lines are not shown; ` +
        `write them to a file, such as by Deno.writeTextFile("lines.txt", text)\n`;
      this.#publisher.say(text, header);
    }
    for (const text of this.#client.warnings.splice(0)) {
      this.#publisher.say(text, header);
    }
    const files = await running.changes ?? [];
    if (files.length > 0) this.#publisher.say(changedFilesText(files), header);
    this.#publisher.stream.send();
    if (running.idle) this.#publisher.send(running.idle);
    await link.front.write(encode(this.#messages.write(reply)));
    const { silent, stop_on_error: stops = true } = content;
    if (isError && stops && !silent) await this.#abortWaiting();
    this.#running = undefined;
    this.#isFinishing = false;
    this.#runNext();
  }

  /** Answers waiting cells after an error, as Jupyter's protocol says. */
  async #abortWaiting() {
    for (const { link, message: { header } } of this.#waiting.splice(0)) {
      await this.#answer(link, "execute_reply", { status: "aborted" }, header);
    }
  }

  /** Asks whether the cell awaits something, unless it ends at once. */
  async #askWhetherItWaits(running: Request) {
    await later(ASK_AFTER_MS);
    if (this.#running === running) await this.#stdin.ask(this.#number);
  }

  /** Stop: ends trainings and loops that never wait; other cells say that they go on. */
  async stop() {
    const running = this.#running;
    if (!running) {
      // Listing the members of a value may be an endless computation.
      if (this.#client.isAsking) this.#client.interrupt();
      return;
    }
    running.isStopped = true;
    const isFree = await this.#stdin.sendStop();
    const isOver = () =>
      this.#running !== running || running.reply || running.isTold;
    if (!running.listens && !running.hasWaited && !isFree && !isOver()) {
      // It computes. (A cell that has awaited something would never end by this.)
      this.#client.interrupt();
    }
    await later(running.listens ? LISTENS_WITHIN_MS : ANSWER_WITHIN_MS);
    if (isOver()) return;
    running.isTold = true;
    // A training listens only until its end, and a loop may follow it.
    const hears = running.listens && await this.#stdin.sendStop();
    this.#publisher.say(
      hears ? STOP_HEARD : CANNOT_STOP,
      running.message.header,
    );
  }
}
