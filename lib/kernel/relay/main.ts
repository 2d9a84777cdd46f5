/**
 * The course's kernel: Deno's own, with a relay before it. A front end, such as
 * JupyterLab or VS Code, talks to the relay, and the relay to Deno's kernel:
 *
 *     deno run -A main.ts CONNECTION_FILE
 *
 * The relay forwards all messages unchanged, except where Deno's kernel does less
 * than Jupyter asks of a kernel:
 *
 * - After an error, the cells that wait behind it are answered with "aborted".
 * - A cell with a syntax error says where and why.
 * - Errors name the cell, and its line as the student sees it.
 * - Importing a name that a module lacks is an error.
 * - A cell that imports a changed file says that the kernel still has the old one.
 * - Stop ends a cell where that is possible, and otherwise says that it is not.
 * - Lines that are printed one by one travel together.
 * - Shift+Tab shows the documentation of the course's functions.
 *
 * So four processes work together: the browser, Jupyter's server, the relay, and
 * Deno's kernel, in which ../inside/inside.ts runs. Relay and kernel talk by
 * Jupyter's messages, and by a few of their own. By lines on the kernel's standard
 * input the relay sends "stop" and the number of each cell (stdin_link.ts). The
 * kernel publishes
 *
 * - "course_listens": the cell ends by itself when Stop is asked for (notebook.ts)
 * - "course_waits": the cell is waiting for something, so lines are heard
 * - "course_heard": a line "stop" has arrived
 * - "course_thrown": what the cell has thrown, with its message in full
 * - "course_sent": all that a cell has printed is on its way
 * - "course_names": the members of an object, for completion
 * - "course_warns": what could not be mended in this Deno
 *
 * In VS Code a copy of this folder runs, which `deno task kernel` makes: after a
 * change run that again.
 */

import { waitForHandle } from "./windows.ts";
import { Relay } from "./relay.ts";
import { type Channel, CHANNELS, type Connection } from "./messages.ts";

/** Listens on the port of each channel, or on free ports where none are given. */
function listenOn(hostname: string, ports?: Connection) {
  return Object.fromEntries(CHANNELS.map((channel) => {
    const port = ports?.[`${channel}_port`] ?? 0;
    return [channel, Deno.listen({ hostname, port })];
  })) as Record<Channel, Deno.TcpListener>;
}

/** A free port for each channel. */
function freePorts(hostname: string): Record<string, number> {
  const listeners = Object.entries(listenOn(hostname));
  for (const [, listener] of listeners) listener.close();
  return Object.fromEntries(
    listeners.map(([channel, { addr }]) => [`${channel}_port`, addr.port]),
  );
}

const [path] = Deno.args;
const front: Connection = JSON.parse(await Deno.readTextFile(path));
const listeners = listenOn(front.ip, front);
const ip = "127.0.0.1";
const file = await Deno.makeTempFile({
  prefix: "deno-course-",
  suffix: ".json",
});

// These connections break when this process dies, by which the kernel notices.
const lifeline = Deno.listen({ hostname: ip, port: 0 });
const held: Deno.Conn[] = [];
void (async () => {
  for await (const connection of lifeline) held.push(connection);
})();

const { JPY_PARENT_PID: jupyter, JPY_INTERRUPT_EVENT: _, ...env } = Deno.env
  .toObject();
let child: Deno.ChildProcess | undefined;
const end = (code: number) => {
  try {
    child?.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  try {
    Deno.removeSync(file);
  } catch {
    // Somebody else has removed it.
  }
  Deno.exit(code);
};
const parent = Deno.ppid, isWindows = Deno.build.os === "windows";
// On Windows Jupyter passes a handle of its process, elsewhere its number.
if (isWindows && jupyter) {
  void waitForHandle(jupyter).then(() => end(1), () => {});
}
// Jupyter names itself; VS Code does not, and has started the relay itself. (On
// Windows what Node or Deno have started ends with them.)
if (!jupyter || jupyter === String(parent)) {
  setInterval(() => Deno.ppid !== parent && end(1), 2_000);
}

/** The kernel is started so many times if it ends at once. */
const MAX_STARTS = 3;

/**
 * Starts Deno's kernel. Another program may take one of the free ports before the
 * kernel does; then the kernel ends, and is started again on other ports.
 */
async function start() {
  for (let tries = 1;; tries++) {
    const kernel = { ...front, ip, ...freePorts(ip) };
    await Deno.writeTextFile(file, JSON.stringify(kernel));
    child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--quiet", "--kernel", "--conn", file],
      clearEnv: true,
      env: { ...env, COURSE_LIFELINE: String(lifeline.addr.port) },
      stdin: "piped",
    }).spawn();
    const relay = new Relay(front, kernel, child);
    const hasBegun = relay.begin().then(() => true);
    if (await Promise.race([hasBegun, child.status.then(() => false)])) {
      void child.status.then(({ code }) => end(code));
      return relay;
    }
    hasBegun.catch(() => {}); // that kernel is gone
    if (tries === MAX_STARTS) end(1);
  }
}

// While no cell can run, a signal must not end this process.
Deno.addSignalListener("SIGINT", () => {});
if (!isWindows) Deno.addSignalListener("SIGTERM", () => end(0));
try {
  const relay = await start();
  Deno.addSignalListener("SIGINT", () => void relay.stop());
  relay.serve(listeners);
  // The kernel has read the file, and the file contains the secret key.
  await Deno.remove(file);
} catch (error) {
  console.error("Deno (course):", error);
  end(1);
}
