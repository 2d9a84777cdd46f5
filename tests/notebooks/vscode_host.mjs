/**
 * Does what VS Code's Jupyter extension does with a kernel of this machine, in
 * Node and with the packages that it uses, in its versions: starts the kernel, asks
 * who it is, runs cells one by one, interrupts, restarts and ends it. It is asked on
 * standard input and answers on standard output, in lines of JSON: vscode_client.ts.
 *
 * What is sent, and when, follows the extension's source, version 2026.6.1
 * (github.com/microsoft/vscode-jupyter), in src/kernels:
 *
 * - raw/launcher/kernelLauncher.node.ts, kernelProcess.node.ts: start and end
 * - raw/session/rawSocket.node.ts: what stands in place of a WebSocket
 * - raw/session/rawKernelConnection.node.ts: first questions, Stop, restart
 * - execution/cellExecutionQueue.ts, cellExecution.ts: cells
 */

import { KernelMessage, ServerConnection } from "@jupyterlab/services";
import { KernelConnection } from "@jupyterlab/services/lib/kernel/default.js";
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import zeromq from "zeromq";

/** Ms: the extension gives up when a kernel has not answered until then. */
const LAUNCH = 60_000;
/** Ms after which it asks again who the kernel is. */
const ASK_EVERY_MS = 500;
/** Ms after which it says that Stop has failed. */
const INTERRUPT = 10_000;
/** Ms after which a test is to fail rather than to wait on: of a slow machine. */
const PATIENCE = 600_000;

const MARK = "<IDS|MSG>";
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (message) => console.log(JSON.stringify(message));
// The extension too takes out the line that the library prints at each start.
console.debug = () => {};
zeromq.context.blocky = false; // what is still to be sent does not keep Node

function within(ms, promise, what) {
  const late = later(ms).then(() => {
    throw new Error(`${what}: no answer in ${ms} ms`);
  });
  return Promise.race([promise, late]);
}

/** In the place of a WebSocket: carries a client's messages by ZeroMQ. */
class RawSocket {
  protocol = "";
  #key;
  #sockets;
  #sent = Promise.resolve();

  constructor(connection) {
    this.#key = connection.key;
    const limits = { receiveHighWaterMark: 0, maxMessageSize: -1 };
    // The same on all three, so that a kernel knows whom it asks for input.
    const routingId = randomUUID();
    const dealer = () =>
      new zeromq.Dealer({ routingId, sendHighWaterMark: 0, ...limits });
    const iopub = new zeromq.Subscriber(limits);
    const [shell, control, stdin] = [dealer(), dealer(), dealer()];
    this.#sockets = { iopub, shell, control, stdin };
    for (const [channel, socket] of Object.entries(this.#sockets)) {
      socket.connect(`tcp://127.0.0.1:${connection[`${channel}_port`]}`);
      this.#receive(channel, socket);
    }
    iopub.subscribe();
  }

  #sign(parts) {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  async #receive(channel, socket) {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => String(frame) === MARK);
      const parts = frames.slice(at + 2, at + 6);
      if (this.#sign(parts) !== String(frames[at + 1])) {
        throw new Error(`A message on ${channel} is not signed`);
      }
      const [header, parent_header, metadata, content] = parts
        .map((part) => JSON.parse(String(part)));
      const data = { channel, header, parent_header, metadata, content };
      this.onmessage({ data });
    }
  }

  /** The client leaves messages as they are. */
  send({ channel, header, parent_header, metadata, content }) {
    const parts = [header, parent_header, metadata, content]
      .map((part) => JSON.stringify(part));
    const frames = [MARK, this.#sign(parts), ...parts];
    const socket = this.#sockets[channel];
    this.#sent = this.#sent.then(() => socket.send(frames));
  }

  close() {
    for (const socket of Object.values(this.#sockets)) socket.close();
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  return await Promise.all(servers.map(async (server) => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address();
    server.close();
    return port;
  }));
}

/** Waits until somebody listens, and goes away without a word. */
async function untilUsed(port) {
  const socket = connect(port, "127.0.0.1");
  const isUsed = await once(socket, "connect").then(() => true, () => false);
  socket.destroy();
  if (isUsed) return;
  await later(200);
  await untilUsed(port);
}

const { argv, env, cwd } = JSON.parse(process.argv[2]);
const file = `${tmpdir()}/kernel-v3${randomUUID()}.json`;
let child, socket, kernel;
let isStopped = false;
/** Requests of cells. */
const asked = new Set();

async function start() {
  const [hb_port, control_port, shell_port, stdin_port, iopub_port] =
    await freePorts(5);
  const connection = {
    ...{ key: randomUUID(), signature_scheme: "hmac-sha256" },
    ...{ transport: "tcp", ip: "127.0.0.1", kernel_name: "deno-course" },
    ...{ hb_port, control_port, shell_port, stdin_port, iopub_port },
  };
  writeFileSync(file, JSON.stringify(connection));
  const [program, ...args] = argv.map((part) =>
    part.replace("{connection_file}", file)
  );
  child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  // What it writes here stands in VS Code's panel "Output".
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes) => say({ noise: String(bytes) }));
  }
  const used = Promise.all([shell_port, iopub_port].map(untilUsed));
  await within(LAUNCH, used, "The kernel's start");
  socket = new RawSocket(connection);
  const asItIs = (message) => message;
  kernel = new KernelConnection({
    serverSettings: ServerConnection.makeSettings({
      WebSocket: function () {
        return socket;
      },
      wsUrl: "RAW",
      serializer: { serialize: asItIs, deserialize: asItIs },
    }),
    model: { id: randomUUID(), name: "deno-course" },
    ...{ clientId: randomUUID(), username: randomUUID(), handleComms: true },
  });
  kernel.iopubMessage.connect((_, { header, parent_header, content }) => {
    const { msg_type: kind } = header;
    if (asked.has(parent_header.msg_id) || !content.data && !content.text) {
      return;
    }
    say({ stray: { kind, ...content } });
  });
  socket.onopen();
  await within(LAUNCH, untilReady(), "The kernel's first answer");
  kernel.registerCommTarget("jupyter.widget", () => {});
  await kernel.requestKernelInfo();
  while (kernel.status !== "idle") await later(10);
}

/** Asks the kernel who it is on two channels, until it answers and publishes. */
async function untilReady() {
  const heard = new Promise((resolve) => kernel.iopubMessage.connect(resolve));
  let isReady = false;
  while (!isReady) {
    const answer = Promise.any([
      control("kernel_info_request"),
      kernel.requestKernelInfo(),
    ]);
    const ready = Promise.all([heard, answer]).then(() => isReady = true);
    await Promise.race([ready, later(ASK_EVERY_MS)]);
  }
}

/** Asks on the control channel; the answer is whole when the kernel is idle. */
async function control(msgType) {
  const { username, clientId: session } = kernel;
  const message = KernelMessage.createMessage({
    ...{ msgType, channel: "control", username, session, content: {} },
  });
  return (await kernel.sendControlMessage(message, true, true).done).content;
}

/** Runs a cell; true if it went well. */
async function runCell(code, cell) {
  const content = { code, silent: false, store_history: true };
  const future = kernel.requestExecute(
    { ...content, allow_stdin: true, stop_on_error: false },
    false,
    { cellId: `vscode-notebook-cell:${randomUUID()}` },
  );
  asked.add(future.msg.header.msg_id);
  future.onIOPub = ({ header, content }) =>
    say({ cell, kind: header.msg_type, content });
  future.onStdin = ({ header, content }) => {
    const value = `typed after ${content.prompt}`;
    kernel.sendInputReply({ status: "ok", value }, header);
  };
  // Where the kernel is restarted meanwhile there is no answer.
  const reply = await future.done.catch(() => undefined);
  return reply !== undefined && reply.content.status !== "error";
}

/** Ends the kernel and all that it started; its own shutdown is not asked for. */
async function end() {
  const { pid } = child;
  const exit = once(child, "exit");
  const processes = [pid];
  if (process.platform === "win32") {
    execFileSync("taskkill", ["/F", "/T", "/PID", String(pid)]);
  } else {
    const all = execFileSync("ps", ["-A", "-o", "ppid=,pid="], {
      encoding: "utf8",
    }).trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    for (const parent of processes) {
      const children = all.filter(([ppid]) => ppid === parent);
      processes.push(...children.map(([, pid]) => pid));
    }
    for (const one of processes.slice(1)) process.kill(one);
    child.kill();
  }
  await exit;
  socket.close();
  kernel.dispose();
  rmSync(file);
  return processes;
}

const methods = {
  start,
  end,
  control,
  /** Each cell is sent when the one before is done, and went well. */
  async run(cells) {
    isStopped = false;
    const states = cells.map(() => "not sent");
    for (const [i, code] of cells.entries()) {
      if (isStopped) break;
      states[i] = await runCell(code, i) ? "ok" : "error";
      if (states[i] === "error") break;
    }
    return states;
  },
  /** Two requests at once, as no cell is sent. */
  async runTogether(cells) {
    const futures = cells.map((code) =>
      kernel.requestExecute({ code, stop_on_error: false })
    );
    for (const { msg } of futures) asked.add(msg.header.msg_id);
    const replies = await Promise.all(futures.map((future) => future.done));
    return replies.map(({ content }) => content.status);
  },
  /** Cells that wait are not sent. */
  async interrupt() {
    isStopped = true;
    await within(INTERRUPT, control("interrupt_request"), "Stop");
  },
  async restart() {
    isStopped = true;
    const processes = await end();
    await start();
    return processes;
  },
  status: () => kernel.status,
  complete: async (content) => (await kernel.requestComplete(content)).content,
  inspect: async (content) => (await kernel.requestInspect(content)).content,
  comms: async (content) => (await kernel.requestCommInfo(content)).content,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, given } = JSON.parse(line);
  const answer = Promise.resolve().then(() => methods[method](...given));
  within(PATIENCE, answer, method).then(
    (value) => say({ id, value }),
    (error) => say({ id, error: error.stack }),
  );
}
process.exit();
