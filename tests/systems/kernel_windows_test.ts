/** The course's kernel without Python: its Stop, and its end with its Jupyter. */

import assert from "node:assert/strict";
import { waitForHandle } from "../../lib/kernel/relay/windows.ts";
import { ROOT } from "../../tools/system.ts";
import { Kernel } from "./kernel_client.ts";

const isWindows = Deno.build.os === "windows";
if (!isWindows) {
  console.error(
    "\nSKIPPED: this is no Windows, so a kernel that ends with its Jupyter " +
      "there is NOT tested (`deno task test:windows` does).\n",
  );
}
const cwd = `${ROOT}notebooks`;
const deno = Deno.execPath();

/** What Jupyter asks of Windows. */
function openKernel32() {
  return Deno.dlopen("kernel32.dll", {
    CreateEventA: {
      parameters: ["buffer", "i32", "i32", "pointer"],
      result: "usize",
    },
    SetEvent: { parameters: ["usize"], result: "i32" },
    OpenProcess: { parameters: ["u32", "i32", "u32"], result: "usize" },
  }).symbols;
}

/** An event that sets itself back, and whose handle programs inherit. */
function createEvent(): bigint {
  const attributes = new DataView(new ArrayBuffer(24));
  attributes.setUint32(0, 24, true);
  attributes.setInt32(16, 1, true); // bInheritHandle
  return openKernel32().CreateEventA(attributes, 0, 0, null);
}

/** A handle by which one may wait for the end of a process, to be inherited. */
function openProcess(pid: number): bigint {
  const SYNCHRONIZE = 0x100000;
  return openKernel32().OpenProcess(SYNCHRONIZE, 1, pid);
}

async function withKernel(
  env: Record<string, string>,
  use: (kernel: Kernel) => Promise<void>,
) {
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/שלום עולם`;
  await Deno.mkdir(folder);
  const kernel = new Kernel(folder, { cwd, env });
  try {
    await use(kernel);
  } finally {
    await kernel.end();
    await Deno.remove(parent, { recursive: true });
  }
}

/** Whether a kernel ends within ten seconds. */
async function endsSoon(kernel: Kernel): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), 10_000);
  });
  const ends = kernel.process.status.then(() => true);
  const ended = await Promise.race([ends, late]);
  clearTimeout(timer);
  return ended;
}

const IMPORTS_STOP =
  'import { stopSignal } from "../lib/notebook/notebook.ts"; void 0';
const WAITS = `
  const { promise, resolve } = Promise.withResolvers();
  const signal = stopSignal();
  signal.addEventListener("abort", resolve);
  console.log("waits");
  await promise;
  console.log("was stopped");`;

Deno.test("an event that is set ends the waiting, again and again", {
  ignore: !isWindows,
}, async () => {
  const event = createEvent();
  for (let i = 0; i < 3; i++) {
    const waited = waitForHandle(String(event));
    const first = new Promise((resolve) => setTimeout(resolve, 100, "a while"));
    assert.equal(await Promise.race([waited, first]), "a while");
    openKernel32().SetEvent(event);
    await waited;
  }
});

Deno.test("what is no handle is not waited for", {
  ignore: !isWindows,
}, async () => {
  for (const handle of ["", "0", "no", "987654320"]) {
    await assert.rejects(
      waitForHandle(handle),
      /it is the number of no handle/,
    );
  }
});

Deno.test("the kernel runs the relay, and Stop ends each cell that waits", () =>
  withKernel({}, async (kernel) => {
    // It would print here what it does not find.
    assert.equal(await kernel.run(IMPORTS_STOP), "");
    for (let i = 0; i < 2; i++) {
      const text = await kernel.run(WAITS, (text) => {
        if (text === "waits\n") void kernel.interrupt();
      });
      assert.equal(text, "waits\nwas stopped\n");
    }
    const text = await kernel.run(
      'console.log("loops"); while (true);',
      (text) => {
        if (text === "loops\n") void kernel.interrupt();
      },
    );
    assert.match(text, /stopped by you|Stop cannot end/);
  }));

Deno.test("a cell that cannot be read says where, and what waits is aborted", () =>
  withKernel({}, async (kernel) => {
    const text = await kernel.run("let שלום = ;");
    assert.equal(text, "Expression expected, line 1, column 12");
  }));

Deno.test("a kernel ends with its Jupyter, and a cell runs", {
  ignore: !isWindows,
}, async () => {
  const jupyter = new Deno.Command(deno, {
    args: ["eval", "setTimeout(() => {}, 1e6)"],
  }).spawn();
  const JPY_PARENT_PID = String(openProcess(jupyter.pid));
  await withKernel({ JPY_PARENT_PID }, async (kernel) => {
    await kernel.run(IMPORTS_STOP);
    const cell = kernel.run('console.log("runs"); while (true);', (text) => {
      if (text === "runs\n") jupyter.kill("SIGKILL");
    });
    const cut = assert.rejects(cell); // it hangs up
    assert.ok(await endsSoon(kernel), "the kernel lives on");
    await cut;
  });
  await jupyter.status;
});

Deno.test("a kernel that waits for Stop ends when it is asked to", {
  ignore: !isWindows,
}, async () => {
  const env = { JPY_PARENT_PID: String(openProcess(Deno.pid)) };
  await withKernel(env, async (kernel) => {
    await kernel.run(IMPORTS_STOP);
    await kernel.askToEnd();
    assert.ok(await endsSoon(kernel), "the kernel lives on");
  });
});
