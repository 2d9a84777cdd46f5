/** A notebook in VS Code, whose part vscode_host.mjs plays. */

import assert from "node:assert/strict";
import { kernelSpec } from "../../tools/kernel_spec.ts";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

/** An output of a cell, as a notebook's file has it. */
export interface Output {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
  evalue?: string;
  traceback?: string[];
}

export interface Cell {
  /** "not sent" where a cell before it failed, or Stop came first. */
  state: "ok" | "error" | "not sent";
  outputs: Output[];
}

/** A line of vscode_host.mjs. */
interface Line {
  id?: number;
  value?: unknown;
  error?: string;
  cell?: number;
  kind?: string;
  content?: Output & { transient?: { display_id?: string } };
  noise?: string;
  stray?: unknown;
}

/** Messages that a cell shows. */
const SHOWN = ["stream", "display_data", "execute_result", "error"];

/** Which of some processes are there after a while; one that ended may be a zombie. */
const LEFT = `
import psutil, sys, time
def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
left = [int(pid) for pid in sys.argv[1:]]
for _ in range(100):
    left = [pid for pid in left if lives(pid)]
    if not left:
        break
    time.sleep(0.1)
print(*left)
`;

/** Those of the processes that still live after ten seconds. */
export async function left(processes: number[]): Promise<string> {
  const { stdout } = await capture(venvPython(), [
    "-c",
    LEFT,
    ...processes.map(String),
  ]);
  return stdout.trim();
}

export class VSCode implements AsyncDisposable {
  readonly #host: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #calls: PromiseWithResolvers<unknown>[] = [];
  readonly #done: Promise<void>;
  #cells: Cell[] = [];
  #onOutput = (_: Output) => {};
  #displays = new Map<string, Output>();
  /** What should not have been said. */
  readonly #faults: string[] = [];

  private constructor(host: Deno.ChildProcess) {
    this.#host = host;
    this.#writer = host.stdin.getWriter();
    this.#done = this.#read();
  }

  /** Opens a notebook: its kernel has answered when this is done. */
  static async open(env: Record<string, string> = {}): Promise<VSCode> {
    const spec = await kernelSpec(`${ROOT}lib`, Deno.execPath());
    assert.equal(spec.interrupt_mode, "message");
    const given = {
      argv: spec.argv,
      env: { ...spec.env, NO_COLOR: "1", ...env },
      cwd: `${ROOT}notebooks`,
    };
    const host = new Deno.Command("node", {
      args: ["tests/notebooks/vscode_host.mjs", JSON.stringify(given)],
      ...{ cwd: ROOT, stdin: "piped", stdout: "piped" },
    }).spawn();
    const opened = new VSCode(host);
    await opened.call("start");
    return opened;
  }

  async #read() {
    let rest = "";
    const texts = this.#host.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(JSON.parse(line));
    }
    const error = new Error("VS Code has ended");
    for (const { reject } of this.#calls) reject(error);
  }

  #hear({ id, value, error, cell, kind, content, noise, stray }: Line) {
    if (id !== undefined) {
      const { resolve, reject } = this.#calls[id];
      if (error) reject(new Error(error));
      else resolve(value);
    }
    // Deno itself says there of an endless loop that it was ended.
    if (noise?.includes("Deno (course)")) this.#faults.push(noise);
    if (stray) this.#faults.push(`Of no cell: ${JSON.stringify(stray)}`);
    if (cell !== undefined) this.#show(this.#cells[cell], kind!, content!);
  }

  #show(
    { outputs }: Cell,
    output_type: string,
    { transient, ...content }: NonNullable<Line["content"]>,
  ) {
    const id = transient?.display_id ?? "";
    const output = { ...content, output_type };
    const before = this.#displays.get(id);
    const last = outputs.at(-1);
    if (output_type === "update_display_data") {
      if (!before) return; // VS Code shows nothing either
      before.data = output.data;
    } else if (output_type === "stream" && last?.name === output.name) {
      last!.text = `${last!.text}${output.text}`;
    } else if (SHOWN.includes(output_type)) {
      outputs.push(output);
      if (id) this.#displays.set(id, output);
    } else return;
    this.#onOutput(output);
  }

  /** Asks vscode_host.mjs for something. */
  async call<T>(method: string, ...given: unknown[]): Promise<T> {
    const call = Promise.withResolvers<unknown>();
    call.promise.catch(() => {}); // whoever waits for it hears of it
    const id = this.#calls.push(call) - 1;
    const line = `${JSON.stringify({ id, method, given })}\n`;
    await this.#writer.write(new TextEncoder().encode(line));
    return await call.promise as T;
  }

  /** Runs cells from top to bottom, as Run All does. */
  async run(
    sources: string[],
    { onOutput = (_: Output) => {} } = {},
  ): Promise<Cell[]> {
    const cells = sources.map((): Cell => ({ state: "not sent", outputs: [] }));
    this.#cells = cells;
    this.#onOutput = onOutput;
    const states = await this.call<Cell["state"][]>("run", sources);
    states.forEach((state, i) => cells[i].state = state);
    return cells;
  }

  async restart() {
    const processes = await this.call<number[]>("restart");
    assert.equal(await left(processes), "");
  }

  async [Symbol.asyncDispose]() {
    const processes = await this.call<number[]>("end");
    await this.#writer.close();
    await Promise.all([this.#host.status, this.#done]);
    assert.equal(await left(processes), "");
    assert.deepEqual(this.#faults, []);
  }

  /** Ends VS Code as a crash does; it ends no kernel then. */
  async kill() {
    this.#host.kill("SIGKILL");
    await Promise.all([this.#host.status, this.#done]);
  }
}
