/** What passes between front ends and Deno's kernel, and what is made of it. */

import { Asker } from "./asker.ts";
import { Audience } from "./audience.ts";
import { ANSWERS_WITHIN, Bell } from "./bell.ts";
import { Changes } from "./changes.ts";
import { cellSource } from "../cells/cell_source.ts";
import { memberAt } from "./complete.ts";
import { documentation } from "./inspect.ts";
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
  EVERYTHING,
  GREETING,
  Reader,
  shakeHands,
  Writer,
} from "./zmtp.ts";
import type { Link, Request } from "./request.ts";
import { isUnplaced, whyUnreadable } from "./unreadable.ts";
import {
  CANNOT,
  changed,
  HEARD,
  inWords,
  STOPPED,
  type Told,
  UNKNOWN,
} from "./words.ts";

/** Ms after which it is said that a cell has heard of Stop and goes on. */
const LISTENS_WITHIN = 3_000;
/** What belongs to a cell, of all that the kernel publishes. */
const OUTPUTS = ["stream", "display_data", "update_display_data"]
  .concat(["execute_result", "clear_output"]);
/** Ms after which a cell that runs is asked whether it waits. */
const ASK_AFTER = 100;
/** Ms to wait for the last message of a cell whose answer is there. */
const IDLE_WITHIN = 2_000;

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Hands on what each side says, one cell at a time. */
export class Relay {
  readonly #messages: Messages;
  readonly #audience: Audience;
  readonly #waiting: Request[] = [];
  #running?: Request;
  /** The cell that runs, or that ran last. */
  #newest?: Message;
  /** Number of the newest cell, as the kernel counts. */
  #number = 0;
  #isFinishing = false;
  readonly #changes = new Changes();
  readonly #bell: Bell;
  readonly #asker: Asker;

  constructor(
    front: Connection,
    private readonly kernel: Connection,
    private readonly child: Deno.ChildProcess,
  ) {
    this.#messages = new Messages(front.key);
    this.#audience = new Audience(this.#messages);
    this.#bell = new Bell(child.stdin);
    this.#asker = new Asker(
      this.#messages,
      (channel) => this.#connect(channel),
    );
  }

  /** Connects with the kernel, and puts into it what belongs there. */
  async begin() {
    await this.#listenToKernel();
    await this.#asker.begin();
  }

  /** Begins to hand on what front ends say, and what the kernel says to them. */
  serve(listeners: Record<Channel, Deno.TcpListener>) {
    for (const channel of CHANNELS) {
      void this.#accept(listeners[channel], channel);
    }
  }

  async #accept(listener: Deno.TcpListener, channel: Channel) {
    for await (const connection of listener) {
      connection.setNoDelay();
      const done = channel === "iopub"
        ? this.#audience.join(connection)
        : this.#pair(connection, channel);
      done.catch((error) => console.error("Deno (course):", error));
    }
  }

  #connect(channel: Channel): Promise<Deno.TcpConn> {
    return connect(this.kernel.ip, this.kernel[`${channel}_port`]);
  }

  /** Connects a front end with the kernel, and looks at what goes to and fro. */
  async #pair(front: Deno.Conn, channel: Channel) {
    const kernel = await this.#connect(channel);
    const link = { front: new Writer(front), kernel: new Writer(kernel) };
    const pump = async (from: Deno.Conn, isFront: boolean) => {
      const to = isFront ? link.kernel : link.front;
      const reader = new Reader(from);
      await reader.handOn(channel === "hb" ? Infinity : GREETING.length, to);
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
    // What it asked for is still run, and others wait for the answer.
    while (this.#isOwed(link)) await later(200);
    kernel.close();
  }

  /** Listens to all that the kernel publishes. */
  async #listenToKernel() {
    const connection = await this.#connect("iopub");
    const { reader, writer } = await shakeHands(connection, "SUB");
    await writer.write(encode([EVERYTHING]));
    void (async () => {
      for await (const item of reader.items()) {
        if (!("frames" in item)) continue;
        try {
          this.#published(item.frames);
        } catch (error) {
          // A cell may publish anything; the relay lives on.
          console.error("Deno (course):", error);
        }
      }
    })();
  }

  /** What a front end asks; true if it is not to be handed on. */
  #hear(
    frames: Uint8Array[],
    { link, channel }: { link: Link; channel: Channel },
  ): boolean {
    const message = this.#messages.read(frames);
    if (!message) return true; // nobody of ours has written it
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
      // One that computes would not hear of it.
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
      .catch(() => undefined); // where Deno is gone, nothing can be told
    const data = text === undefined ? {} : { "text/plain": text };
    const found = text !== undefined;
    const content = { status: "ok", found, data, metadata: {} };
    await this.#answer(link, "inspect_reply", content, header);
  }

  /** Answers with the names in a value, while no cell runs. */
  async #complete(
    link: Link,
    { header, content: { cursor_pos: cursor_end } }: Message,
    { value, beginning }: { value: string; beginning: string },
  ) {
    const matches = (await this.#asker.namesIn(value))
      .filter((name) => name.startsWith(beginning));
    const cursor_start = cursor_end - beginning.length;
    const content = { status: "ok", matches, cursor_start, cursor_end };
    const reply = { ...content, metadata: {} };
    await this.#answer(link, "complete_reply", reply, header);
  }

  /** Answers in place of the kernel; a front end waits for both statuses too. */
  async #answer(link: Link, kind: string, content: object, parent: object) {
    this.#audience.publish("status", { execution_state: "busy" }, parent);
    const message = this.#messages.make(kind, content, parent);
    await link.front.write(encode(this.#messages.write(message)));
    this.#audience.publish("status", { execution_state: "idle" }, parent);
    // It shows the last status that it has heard, and a cell may still run.
    if (!this.#running || this.#isFinishing) return;
    const { header } = this.#running.message;
    this.#audience.publish("status", { execution_state: "busy" }, header);
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
      this.#running.changes = this.#changes.since(content.code).catch(() => []);
    }
    const frames = this.#messages.write({ ...message, content });
    void link.kernel.write(encode(frames));
  }

  #isRunning(parent: { msg_id?: string }): boolean {
    const { msg_id } = this.#running?.message.header ?? {};
    return msg_id !== undefined && msg_id === parent?.msg_id;
  }

  /** What the kernel answers; true if it is not to be handed on yet. */
  #hearReply(frames: Uint8Array[], { front }: Link): boolean {
    const message = this.#messages.read(frames);
    if (message?.header.msg_type === "kernel_info_reply") {
      // JupyterLab would write it into each notebook that somebody only opens.
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

  /** What the kernel publishes. */
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
      this.#bell.heard?.();
      return;
    }
    if (this.#asker.hear(kind, message.content)) return;
    if (this.#messages.isAskedByUs(message)) {
      // A cell's output that comes late is the cell's; all else nobody is to see.
      if (!OUTPUTS.includes(kind) || !this.#newest) return;
      message.parent = this.#newest.header;
      frames = this.#messages.write(message);
    }
    if (kind === "stream" && typeof message.content?.text === "string") {
      const isCounted = this.#isRunning(message.parent);
      this.#audience.printed.add(message, { isCounted });
      return;
    }
    this.#audience.printed.send();
    const isOurs = this.#isRunning(message.parent);
    if (isOurs && kind === "error") {
      // Behind all that the cell has printed, which may come later.
      this.#running!.error ??= message.content as Told;
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
      this.#audience.send(this.#messages.write(message));
      return;
    }
    this.#audience.send(frames);
  }

  /** Ends a cell when both its answer and its last message are there. */
  async #finish() {
    const running = this.#running!;
    if (this.#isFinishing || !running.reply) return;
    if (!running.idle) {
      await later(IDLE_WITHIN);
      if (this.#isFinishing || this.#running !== running) return;
    }
    this.#isFinishing = true;
    await this.#asker.waitUntilSent();
    const { reply, message, link } = running;
    const { header, content } = message;
    const isError = reply.content.status === "error";
    if (isError) reply.content = inWords(reply.content, running.thrown);
    let error = running.error && inWords(running.error, running.thrown);
    if (isError && (!error || isUnplaced(error))) {
      const said = error ?? UNKNOWN;
      error = running.isStopped
        ? STOPPED
        : await whyUnreadable(content.code, error).catch(() => said);
      Object.assign(reply.content, error);
    }
    if (error) this.#audience.publish("error", error, header);
    const left = this.#audience.printed.takeLeftOut();
    if (left > 0) {
      const text = `… ${left.toLocaleString("en")} more lines are not shown; ` +
        `write them to a file, such as by Deno.writeTextFile("lines.txt", text)\n`;
      this.#audience.say(text, header);
    }
    for (const text of this.#asker.warnings.splice(0)) {
      this.#audience.say(text, header);
    }
    const files = await running.changes ?? [];
    if (files.length > 0) this.#audience.say(changed(files), header);
    this.#audience.printed.send();
    if (running.idle) this.#audience.send(running.idle);
    await link.front.write(encode(this.#messages.write(reply)));
    const { silent, stop_on_error: stops = true } = content;
    if (isError && stops && !silent) await this.#abortWaiting();
    this.#running = undefined;
    this.#isFinishing = false;
    this.#runNext();
  }

  /** Answers cells that wait as Jupyter has it after an error before them. */
  async #abortWaiting() {
    for (const { link, message: { header } } of this.#waiting.splice(0)) {
      await this.#answer(link, "execute_reply", { status: "aborted" }, header);
    }
  }

  /** Of a cell that is quickly done nobody needs to know. */
  async #askWhetherItWaits(running: Request) {
    await later(ASK_AFTER);
    if (this.#running === running) await this.#bell.ask(this.#number);
  }

  /** Stop: ends trainings, loops that never wait, and says what it cannot end. */
  async stop() {
    const running = this.#running;
    if (!running) {
      // Perhaps a value that is asked for its names computes for ever.
      if (this.#asker.isAsking) this.#asker.interrupt();
      return;
    }
    running.isStopped = true;
    const isFree = await this.#bell.ring();
    const isOver = () =>
      this.#running !== running || running.reply || running.isTold;
    if (!running.listens && !running.hasWaited && !isFree && !isOver()) {
      // It computes. One that has waited before would never end after this.
      this.#asker.interrupt();
    }
    await later(running.listens ? LISTENS_WITHIN : ANSWERS_WITHIN);
    if (isOver()) return;
    running.isTold = true;
    // A training that is over does not listen any more, and a loop may follow it.
    const hears = running.listens && await this.#bell.ring();
    this.#audience.say(hears ? HEARD : CANNOT, running.message.header);
  }
}
