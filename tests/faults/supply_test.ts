/** What is fetched: nothing but what is locked, nothing of it run, all listed. */

import assert from "node:assert/strict";
import {
  LICENCES,
  listLicences,
  npmPackages,
  pythonPackages,
} from "../../tools/licences.ts";
import { copyFiles, PACKAGES } from "../in_folder.ts";
import { capture, ROOT } from "../../tools/system.ts";

interface Lock {
  npm: Record<string, { integrity?: string; scripts?: boolean }>;
}

const lock: Lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));

Deno.test("the list of licences has every package, and is what the packages say", async () => {
  const list = await Deno.readTextFile(LICENCES);
  const rows = [...list.matchAll(/^\| (\S+) +\| (\S+) +\| (.+?) +\|$/gm)]
    .filter(([, name]) => name !== "package" && !/^-+$/.test(name))
    .map(([, name, version, licence]) => {
      assert.doesNotMatch(licence, /UNKNOWN|undefined|Copyright/, name);
      return `${name} ${version}`;
    });
  const wanted = [...await npmPackages(), ...await pythonPackages()]
    .map(([name, version]) => `${name} ${version}`);
  assert.ok(wanted.length > 250 && Object.keys(lock.npm).length > 150);
  assert.deepEqual(rows.sort(), wanted.sort());
  assert.equal(
    await listLicences(),
    list,
    "run `deno run -A tools/licences.ts` and commit tools/licences.md",
  );
});

Deno.test("every package is locked with its checksum, and pinned", async () => {
  for (const [name, { integrity }] of Object.entries(lock.npm)) {
    assert.match(integrity ?? "", /^sha512-[\w+/]{86}==$/, name);
  }
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const target of Object.values<string>(imports)) {
    assert.match(target, /^npm:(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(-[\w.]+)?$/);
  }
  const asked = await Deno.readTextFile(`${ROOT}requirements.txt`);
  const pins = asked.replaceAll(/^#.*\n/gm, "").split(/\n(?! )/).filter(
    Boolean,
  );
  assert.ok(pins.length > 80, `${pins.length}`);
  for (const pin of pins) {
    assert.match(
      pin,
      /^[\w.-]+==[\w.]+( ; [^\\]+)?( \\\n {4}--hash=sha256:[0-9a-f]{64})+$/,
    );
  }
});

/** Runs a command of Deno's in a copy of the project that is only its packages. */
async function runCopied(
  args: string[],
  change: (folder: string) => Promise<void> = async () => {},
) {
  const folder = await Deno.makeTempDir();
  await copyFiles(PACKAGES, folder);
  await change(folder);
  const { success, stdout, stderr } = await capture(Deno.execPath(), args, {
    cwd: folder,
    env: { NO_COLOR: "1" },
  });
  const output = stdout + stderr;
  return { folder, success, output };
}

/** As tools/setup.ts installs, but from what was fetched before. */
const INSTALL = ["install", "--frozen", "--cached-only"];

Deno.test("deno.lock is what deno.json asks for, and nothing else is installed", async () => {
  const same = await runCopied(INSTALL);
  assert.ok(same.success, same.output);
  for (const name of ["ml-matrix", "linkedom"]) {
    const other = await runCopied(INSTALL, async (folder) => {
      const path = `${folder}/deno.json`;
      const config = JSON.parse(await Deno.readTextFile(path));
      delete config.imports[name];
      await Deno.writeTextFile(path, JSON.stringify(config));
    });
    assert.equal(other.success, false);
    assert.match(other.output, /lockfile is out of date/);
    await Deno.remove(other.folder, { recursive: true });
  }
  await Deno.remove(same.folder, { recursive: true });
});

Deno.test("no package's install script is run", async () => {
  const { folder, success, output } = await runCopied(INSTALL);
  assert.ok(success, output);
  const having = Object.entries(lock.npm).filter(([, { scripts }]) => scripts);
  assert.deepEqual(having.map(([name]) => name).sort(), [
    "core-js@3.29.1",
    "esbuild@0.28.2",
    "zeromq@6.0.0-beta.16",
  ]);
  assert.match(output, /Ignored build scripts for packages:[^╰]*npm:core-js@3/);
  // esbuild's script would put a program in place of this one.
  for (const place of [folder, ROOT]) {
    const path = `${place}/node_modules/esbuild/bin/esbuild`;
    assert.match(await Deno.readTextFile(path), /^#!\/usr\/bin\/env node\n/);
  }
  await Deno.remove(folder, { recursive: true });
});
