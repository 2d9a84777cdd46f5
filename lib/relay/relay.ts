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
 * - Stop ends what can be ended, and says so of what cannot.
 * - Lines that are printed one by one travel together.
 * - Shift+Tab shows what the course's functions do.
 */

import { waitForHandle } from "../kernel_windows.ts";
import { CHANNELS, type Connection, Relay } from "./channels.ts";

/** Ports that nobody uses now. */
function freePorts(hostname: string): Record<string, number> {
  const listeners = CHANNELS.map(() => Deno.listen({ hostname, port: 0 }));
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return Object.fromEntries(CHANNELS.map((c, i) => [`${c}_port`, ports[i]]));
}

const [path] = Deno.args;
const front: Connection = JSON.parse(await Deno.readTextFile(path));
const kernel = { ...front, ...freePorts(front.ip) };
const file = await Deno.makeTempFile({
  prefix: "deno-course-",
  suffix: ".json",
});
await Deno.writeTextFile(file, JSON.stringify(kernel));
const parent = Deno.ppid, isWindows = Deno.build.os === "windows";
const { JPY_PARENT_PID: jupyter, JPY_INTERRUPT_EVENT: _, ...env } = Deno.env
  .toObject();
const child = new Deno.Command(Deno.execPath(), {
  args: ["jupyter", "--quiet", "--kernel", "--conn", file],
  clearEnv: true,
  env: {
    ...env,
    COURSE_RELAY: "1",
    // On Windows that would have to be a handle, and the end of stdin tells.
    ...isWindows ? {} : { JPY_PARENT_PID: String(Deno.pid) },
  },
  stdin: "piped",
}).spawn();
const end = (code: number) => {
  try {
    Deno.removeSync(file);
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  Deno.exit(code);
};
void child.status.then(({ code }) => end(code));
// On Windows Jupyter tells a handle of its process, elsewhere its number.
if (isWindows && jupyter) {
  void waitForHandle(jupyter).then(() => end(1), () => {});
}
if (jupyter === String(parent)) {
  setInterval(() => Deno.ppid !== parent && end(1), 2_000);
}
const relay = new Relay(front, kernel, child);
Deno.addSignalListener("SIGINT", () => void relay.stop());
if (!isWindows) Deno.addSignalListener("SIGTERM", () => end(0));
await relay.begin();
