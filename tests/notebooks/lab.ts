/** JupyterLab as `deno task lab` starts it, and a browser to look at it. */

import assert from "node:assert/strict";
import { chromium, type Page } from "playwright-core";
import { CHROMIUM as FOUND } from "../../tools/chromium.ts";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

/** Whether there are terminals in which a program gets Ctrl-C from another. */
export const HAS_TERMINAL = Deno.build.os !== "windows";
if (!HAS_TERMINAL) {
  console.error(
    "\nSKIPPED: Windows has no terminal for a test to press Ctrl-C in, so " +
      "JupyterLab is NOT tested.\n",
  );
}

/** A browser of Chromium's kind, or undefined where there is none to be used. */
export const CHROMIUM = HAS_TERMINAL ? FOUND : undefined;

/** Whether notebooks run on all digits, as nobody's CI has the time to. */
export const IS_FULL = Deno.env.has("COURSE_FULL");

/** A JupyterLab that runs: where it answers, and what lets one in. */
export interface Lab extends AsyncDisposable {
  url: string;
  token: string;
  /** Numbers of the processes of the kernels that it runs. */
  kernels(): Promise<number[]>;
  /** Ends the kernels of all notebooks. */
  endKernels(): Promise<void>;
  /** Addresses at which it and its kernels listen. */
  addresses(): Promise<string[]>;
  /** Ends it by Ctrl-C. */
  end(): Promise<void>;
}

/** What Jupyter writes down of a server that runs. */
interface ServerFile {
  pid: number;
  port: number;
  token: string;
}

/**
 * Starts `deno task lab`, on few digits if not told otherwise; `settings` are
 * JupyterLab's, by plugin. Its settings and runtime files are its own, so that
 * nobody's are touched.
 */
export async function startLab(
  settings: Record<string, unknown> = {},
): Promise<Lab> {
  const home = await Deno.makeTempDir();
  for (const [plugin, values] of Object.entries(settings)) {
    const [scope, name, id] = plugin.split(/[/:]/);
    await Deno.mkdir(`${home}/settings/${scope}/${name}`, { recursive: true });
    const path = `${home}/settings/${scope}/${name}/${id}.jupyterlab-settings`;
    await Deno.writeTextFile(path, JSON.stringify(values));
  }
  const inTerminal = "import pty, sys; pty.spawn(sys.argv[1:])";
  const task = new Deno.Command(venvPython(), {
    args: ["-c", inTerminal, Deno.execPath(), "task", "lab", "--no-browser"],
    cwd: ROOT,
    env: {
      ...IS_FULL ? {} : { COURSE_QUICK: "1" },
      JUPYTER_RUNTIME_DIR: `${home}/runtime`,
      JUPYTERLAB_SETTINGS_DIR: `${home}/settings`,
      JUPYTERLAB_WORKSPACES_DIR: `${home}/workspaces`,
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const { pid, port, token } = await Promise.race([
    serverFile(`${home}/runtime`),
    task.status.then(({ code }): never => {
      throw new Error(`Cannot start JupyterLab: it ended with ${code}`);
    }),
  ]);
  const url = `http://127.0.0.1:${port}`;
  await until("JupyterLab answers", async () => {
    const answer = await fetch(`${url}/api/status?token=${token}`)
      .catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok;
  });
  const keyboard = task.stdin.getWriter();
  const end = async () => {
    // It may have ended before.
    await keyboard.write(Uint8Array.of(3)).catch(() => {}); // Ctrl-C
    const hung = setTimeout(() => task.kill("SIGKILL"), 30_000);
    const { success } = await task.status;
    clearTimeout(hung);
    assert.ok(success, "Ctrl-C did not end the lab in 30 s");
  };
  return {
    url,
    token,
    kernels: () => ask(pid, "[p.pid for p in kernels]"),
    endKernels: () => endKernels(url, token),
    addresses: () =>
      ask(
        pid,
        "[c.laddr.ip for p in [server, *kernels] " +
          "for c in p.net_connections() if c.status == 'LISTEN']",
      ),
    end,
    async [Symbol.asyncDispose]() {
      await end();
      await Deno.remove(home, { recursive: true });
    },
  };
}

async function endKernels(url: string, token: string) {
  const headers = { authorization: `token ${token}` };
  const answer = await fetch(`${url}/api/sessions`, { headers });
  for (const { id } of await answer.json()) {
    const session = `${url}/api/sessions/${id}`;
    await fetch(session, { method: "DELETE", headers });
  }
}

async function serverFile(folder: string): Promise<ServerFile> {
  return await until("JupyterLab starts", async () => {
    for (const { name } of await readFolder(folder)) {
      if (!/^jpserver-\d+\.json$/.test(name)) continue;
      return JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    }
  });
}

async function readFolder(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
}

/** Asks psutil about the processes of a server and of its kernels. */
async function ask<T>(pid: number, expression: string): Promise<T> {
  const program = `import json, psutil
def is_kernel(process):
    try:
        return "--kernel" in process.cmdline()
    except psutil.Error:  # it ended meanwhile
        return False
server = psutil.Process(${pid})
kernels = [p for p in server.children(recursive=True) if is_kernel(p)]
print(json.dumps(${expression}))`;
  const { stdout, stderr } = await capture(venvPython(), ["-c", program]);
  if (stdout.length === 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Minutes that anything may take. */
const LONGEST = IS_FULL ? 30 : 3;

/** Asks again until the answer is something. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + 60_000 * LONGEST;
  while (performance.now() < end) {
    // A file may be half written.
    const answer = await ask().catch((error) => {
      if (!(error instanceof SyntaxError)) throw error;
    });
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot see that ${what}: ${LONGEST} minutes went by`);
}

/** Opens a page in Chromium, uses it, and closes both. */
export async function inBrowser(
  use: (page: Page) => Promise<void>,
  { colorScheme = "light" }: { colorScheme?: "light" | "dark" } = {},
) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const viewport = { width: 1280, height: 1000 };
    await use(await browser.newPage({ viewport, colorScheme }));
  } finally {
    await browser.close();
  }
}
