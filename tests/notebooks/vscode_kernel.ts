/** The kernel, with a front end that does what VS Code does: see vscode_client.ts. */

import assert from "node:assert/strict";
import { ROOT } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";
import { type Cell, left, type Output, VSCode } from "./vscode_client.ts";
import { someNotebooks } from "./some_notebooks.ts";

interface Saved {
  source: string[];
  outputs: Output[];
}

async function codeCells(name: string): Promise<Saved[]> {
  const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
  return JSON.parse(json).cells.filter(({ cell_type }: { cell_type: string }) =>
    cell_type === "code"
  );
}

const sourceOf = ({ source }: Saved) => source.join("");
const textOf = ({ text = "", data }: Output) =>
  [data?.["text/plain"] ?? text].flat().join("");

/** What kinds of output a cell shows, and the captions that stand in them. */
function kindsOf(outputs: Output[]) {
  // A training says how far it is where it takes long, as a quick one does not.
  return outputs.filter((one) =>
    !/^[^\n]+: (step \d+ of \d|done in)/.test(textOf(one))
  )
    .map((output) => ({
      is: output.output_type,
      of: output.name ?? Object.keys(output.data ?? {}).sort().join(),
      captions: textOf(output).match(/(?:Figure|Table) \d+\.\d(?=\. )/g),
    }));
}

const statesOf = (cells: Cell[]) => cells.map(({ state }) => state);

// In their order: the fourth trains the network that the later ones load.
for (const name of await someNotebooks()) {
  Deno.test(`${name} runs from top to bottom as VS Code runs it`, async () => {
    const saved = await codeCells(name);
    await using code = await VSCode.open({ COURSE_QUICK: "1" });
    const cells = await code.run(saved.map(sourceOf));
    for (const [i, { state, outputs }] of cells.entries()) {
      assert.equal(state, "ok", JSON.stringify(outputs));
      assert.deepEqual(
        kindsOf(outputs),
        kindsOf(saved[i].outputs),
        `cell ${i}`,
      );
    }
  });
}

/** Runs cells, and presses Stop `wait` ms after the output that is waited for. */
async function runToStop(
  code: VSCode,
  cells: string[],
  { at, wait = 0 }: { at: (output: Output) => boolean; wait?: number },
) {
  let pressed = 0, answer: Promise<void> | undefined;
  const press = () => {
    pressed = performance.now();
    return code.call<void>("interrupt");
  };
  const done = await code.run(cells, {
    onOutput: (output) => {
      if (at(output)) answer ??= later(wait).then(press);
    },
  });
  const ms = performance.now() - pressed;
  await answer;
  return { done, ms };
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const SAY = 'globalThis.kept = 7; console.log("stop now");';
const isSaid = (output: Output) => textOf(output).includes("stop now");

Deno.test("VS Code's Stop ends a loop that never waits, again and again, and variables stay", async () => {
  await using code = await VSCode.open();
  for (let i = 0; i < 2; i++) {
    const cells = [SAY, "for (;;) {}", "1"];
    const stop = { at: isSaid, wait: 1_000 };
    const { done, ms } = await runToStop(code, cells, stop);
    assert.deepEqual(statesOf(done), ["ok", "error", "not sent"]);
    assert.equal(done[1].outputs[0].evalue, "stopped by you");
    assert.ok(ms < 1_500, `${ms} ms`); // a half for a busy machine
  }
  const [{ outputs }] = await code.run(["kept"]);
  assert.match(textOf(outputs[0]), /7/);
});

Deno.test("VS Code's Stop of a cell that hears nothing is explained soon, and a restart ends it", async () => {
  await using code = await VSCode.open();
  let said = 0, told = 0;
  let status: string | undefined, restart: Promise<void> | undefined;
  const { done } = await runToStop(code, [
    'await import("../lib/mod.ts"); void 0',
    `${SAY} await new Promise(() => {})`,
    "1",
  ], {
    at(output) {
      if (isSaid(output)) said ||= performance.now();
      if (/Stop cannot end this cell/.test(textOf(output))) {
        told = performance.now();
        restart = code.call<string>("status").then((answer) => {
          status = answer;
          return code.restart();
        });
      }
      return isSaid(output);
    },
  });
  assert.ok(told - said < 1_500, `${told - said} ms`);
  assert.equal(status, "busy");
  assert.deepEqual(statesOf(done), ["ok", "error", "not sent"]);
  await restart;
  const [{ outputs }] = await code.run(["typeof kept"]);
  assert.match(textOf(outputs[0]), /undefined/);
});

/** Runs notebook 4's training, and presses Stop when it has made so many steps. */
async function trainTo(step: number, code: VSCode, training: string) {
  const steps: number[] = [];
  const at = (output: Output) => {
    const shown = textOf(output).match(/^step (\d+) of/)?.[1];
    if (shown) steps.push(Number(shown));
    return Number(shown) >= step;
  };
  const { done, ms } = await runToStop(code, [training, "1"], { at });
  assert.deepEqual(statesOf(done), ["error", "not sent"]);
  assert.match(done[0].outputs.at(-1)!.evalue!, /^Stopped by you after /);
  assert.ok(ms < 1_500, `${ms} ms`);
  return { first: steps[0], last: steps.at(-1)! };
}

Deno.test("a training that VS Code's Stop has ended goes on, in the same kernel and in another", () =>
  inFolder(async (folder) => {
    const cells = (await codeCells("04_fit")).map(sourceOf);
    const at = cells.findIndex((cell) => cell.includes("checkpoint:"));
    const training = cells[at]
      .replace("epochs: size.epochs", "epochs: 1_000")
      .replace("`${size.folder}/training`", JSON.stringify(folder));
    await using code = await VSCode.open({ COURSE_QUICK: "1" });
    await code.run(cells.slice(0, at));
    const start = await trainTo(130, code, training);
    assert.equal(start.first, 0);
    const again = await trainTo(290, code, training);
    assert.equal(again.first, start.last);
    await code.restart();
    await code.run(cells.slice(0, at));
    const { first } = await trainTo(400, code, training);
    assert.equal(first, again.last);
  }));

Deno.test("after an error VS Code sends no cell that waits, and the kernel lives on", async () => {
  await using code = await VSCode.open();
  for (
    const [bad, said] of [
      ['throw new Error("so it is")', /^so it is$/],
      ["const a = ;", /Expression expected|expected/i],
      ['await import("./missing.ts")', /Module not found|Cannot find/],
      ['import { a } from "nothing"', /nothing/],
    ] as const
  ) {
    const done = await code.run([bad, "globalThis.ran = 1"]);
    assert.deepEqual(statesOf(done), ["error", "not sent"]);
    const [{ outputs }] = done;
    assert.deepEqual(outputs.map((one) => one.output_type), ["error"]);
    assert.match(outputs[0].evalue!, said);
    assert.ok(outputs[0].traceback!.length > 0);
    const [after] = await code.run(["typeof ran"]);
    assert.match(textOf(after.outputs[0]), /undefined/);
  }
});

Deno.test("a cell is run after an error where its front end asks for it", async () => {
  await using code = await VSCode.open();
  const together = await code.call("runTogether", ["throw new Error()", "1"]);
  assert.deepEqual(together, ["error", "ok"]);
});

Deno.test("the kernel answers to what VS Code asks beside cells", async () => {
  await using code = await VSCode.open();
  const asking = 'const digits = [1, 2]; prompt("your name?")';
  const [{ outputs }] = await code.run([asking]);
  assert.match(textOf(outputs[0]), /typed after your name/);
  const position = { code: "1; digits.fi", cursor_pos: 12 };
  const { matches, cursor_end } = await code.call<
    { matches: string[]; cursor_end: number }
  >("complete", position);
  assert.ok(matches.some((match) => match.endsWith("filter")), `${matches}`);
  assert.equal(cursor_end, 12);
  for (
    const [method, content] of [
      ["inspect", { code: "addNoise(", cursor_pos: 4, detail_level: 0 }],
      ["comms", { target_name: "jupyter.widget" }],
    ] as const
  ) {
    const { status } = await code.call<{ status: string }>(method, content);
    assert.equal(status, "ok");
  }
  // It asks nothing of a kernel that is not idle.
  assert.equal(await code.call("status"), "idle");
});

Deno.test("no process is left when VS Code was killed", async () => {
  const code = await VSCode.open();
  const [{ outputs }] = await code.run(["console.log(Deno.pid, Deno.ppid)"]);
  const processes = textOf(outputs[0]).trim().split(" ").map(Number);
  assert.equal(processes.length, 2);
  const run = code.run(["await new Promise(() => {})"]);
  await Promise.all([code.kill(), assert.rejects(run)]);
  const alive = await left(processes);
  for (const one of alive.split(" ").filter(Boolean)) {
    Deno.kill(Number(one), "SIGKILL");
  }
  assert.equal(alive, "");
});
