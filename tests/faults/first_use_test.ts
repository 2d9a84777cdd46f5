/** A first use that is killed leaves nothing that later passes for whole. */

import assert from "node:assert/strict";
import { Random } from "../../lib/data/random.ts";
import { ROOT } from "../../tools/system.ts";
import { copyFiles, inFolder, PACKAGES } from "../in_folder.ts";

const deno = Deno.execPath();
const random = new Random(5);

const ignore = Deno.build.os === "windows";
if (ignore) {
  console.error(
    "\nSKIPPED: Windows has no groups of processes to be killed, so a first " +
      "use that is killed is NOT tested.\n",
  );
}

/** Runs a program; after so many ms it is killed with all that it started. */
async function run(
  args: string[],
  { cwd, killAfter }: { cwd: string; killAfter?: number },
) {
  const start = performance.now();
  const child = new Deno.Command(deno, {
    args,
    cwd,
    detached: true, // a group of its own
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = killAfter === undefined ? 0 : setTimeout(() => {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }, killAfter);
  const { success, stderr } = await child.output();
  clearTimeout(timer);
  const time = performance.now() - start;
  return { success, time, problem: new TextDecoder().decode(stderr) };
}

/** Paths of all files below a folder, with their sizes. */
function listing(folder: string, path = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${path}`)].flatMap((entry) => {
    const name = `${path}${entry.name}`;
    if (entry.isDirectory) return listing(folder, `${name}/`);
    return `${name} ${Deno.lstatSync(`${folder}/${name}`).size}`;
  }).sort();
}

/** How often a `step` is killed before its end, and then done whole. */
async function killOften(
  step: { args: string[]; kills: number; cwd: string },
  { check, undo }: { check: () => void; undo: () => void },
) {
  const { args, kills, cwd } = step;
  const first = await run(args, { cwd });
  assert.ok(first.success, first.problem);
  check();
  let interrupted = 0;
  for (let i = 0; i < kills; i++) {
    undo();
    const killAfter = first.time * random.uniform();
    if (!(await run(args, { cwd, killAfter })).success) interrupted++;
    const last = await run(args, { cwd });
    assert.ok(last.success, last.problem);
    check();
  }
  assert.ok(interrupted > kills / 2, `${interrupted} of ${kills} interrupted`);
}

Deno.test("packages whose installation was killed are whole the next time", {
  ignore,
}, () =>
  inFolder(async (cwd) => {
    await copyFiles(PACKAGES, cwd);
    const packages = `${cwd}/node_modules`;
    const args = ["install", "--frozen", "--cached-only", "--quiet"];
    let whole: string[] | undefined;
    await killOften({ args, kills: 10, cwd }, {
      check: () => {
        const files = listing(packages);
        assert.ok(files.length > 1_000);
        assert.deepEqual(files, whole ??= files);
      },
      undo: () => Deno.removeSync(packages, { recursive: true }),
    });
  }));

Deno.test("a .venv whose making was killed is made anew the next time", {
  ignore,
}, () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/tools`);
    for await (const { name, isFile } of Deno.readDir(`${ROOT}tools`)) {
      if (!isFile) continue;
      await Deno.copyFile(`${ROOT}tools/${name}`, `${cwd}/tools/${name}`);
    }
    await copyFiles(["lib/data/files.ts", "lib/errors/in_words.ts"], cwd);
    // As in the project, but it asks for nothing that would have to be fetched.
    await Deno.writeTextFile(`${cwd}/requirements.txt`, "# nothing\n");
    await Deno.writeTextFile(`${cwd}/deno.json`, "{}");
    const venv = `${cwd}/.venv`;
    let whole: string[] | undefined;
    const make = 'const { makeVenv } = await import("./tools/python.ts");' +
      'await makeVenv("", "Jupyter")';
    const args = ["eval", "--no-lock", make];
    await killOften({ args, kills: 4, cwd }, {
      check: () => {
        const files = listing(venv).filter((name) => !name.includes(".pyc "));
        assert.deepEqual(files, whole ??= files);
      },
      undo: () => Deno.removeSync(venv, { recursive: true }),
    });
  }));
