/**
 * The course's kernel: Deno's own, with a relay before it. A front end, such as
 * JupyterLab or VS Code, talks to the relay, and the relay to Deno's kernel:
 *
 *     deno run -A relay.ts CONNECTION_FILE
 *
 * All that goes either way is handed on as it is, except where Deno's kernel
 * falls short of what Jupyter asks of one:
 *
 * - After an error, cells that wait behind it are answered "aborted".
 * - A cell that cannot be read says where and why.
 * - Errors name the cell, and the line in it as it is written there.
 * - A name that a module does not have is not imported without a word.
 * - A cell that imports a file that was changed says that the kernel has it as it was.
 * - Stop ends what can be ended, and says so of what cannot.
 * - Lines that are printed one by one travel together.
 * - Shift+Tab shows what the course's functions do.
 */

import { waitForHandle } from "./windows.ts";
import { Relay } from "./channels.ts";
import { type Channel, CHANNELS, type Connection } from "./messages.ts";

/** Listens on each channel's port: on that which is told, or on a free one. */
function listenOn(hostname: string, ports?: Connection) {
  return Object.fromEntries(CHANNELS.map((channel) => {
    const port = ports?.[`${channel}_port`] ?? 0;
    return [channel, Deno.listen({ hostname, port })];
  })) as Record<Channel, Deno.TcpListener>;
}

/** Ports that nobody uses now. */
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

// The kernel's end of these connections is gone when this process is.
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
    // Somebody else has tidied up.
  }
  Deno.exit(code);
};
const parent = Deno.ppid, isWindows = Deno.build.os === "windows";
// On Windows Jupyter tells a handle of its process, elsewhere its number.
if (isWindows && jupyter) {
  void waitForHandle(jupyter).then(() => end(1), () => {});
}
// Jupyter names itself; VS Code does not, and has started the relay itself. (On
// Windows what Node or Deno have started ends with them.)
if (!jupyter || jupyter === String(parent)) {
  setInterval(() => Deno.ppid !== parent && end(1), 2_000);
}

/** How often the kernel is started, if it ends at once. */
const TRIES = 3;

/**
 * Starts Deno's kernel. Between our look for free ports and its own, another program
 * may take one; then it ends, and is started again on others.
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
    hasBegun.catch(() => {}); // it looks for a kernel that is gone
    if (tries === TRIES) end(1);
  }
}

// Nothing runs yet that it could stop, and it is not to end this.
Deno.addSignalListener("SIGINT", () => {});
if (!isWindows) Deno.addSignalListener("SIGTERM", () => end(0));
try {
  const relay = await start();
  Deno.addSignalListener("SIGINT", () => void relay.stop());
  relay.serve(listeners);
  // The kernel has read it, and in it is the key.
  await Deno.remove(file);
} catch (error) {
  console.error("Deno (course):", error);
  end(1);
}
