/**
 * What the tests of other systems fetch once and keep in `.systems/`. Remove a
 * folder there to have it anew.
 */

import { ROOT, run } from "../../tools/system.ts";

/** Where all of it is kept. */
export const SYSTEMS = `${ROOT}.systems/`;

/** Another system, as npm names it, and its build of Deno there. */
export interface System {
  os: "linux" | "win32";
  arch: "arm64" | "x64";
  /** Such as "@deno/win32-x64". */
  deno: string;
}

/**
 * A folder of `.systems/` that `make` fills, unless it is there already for
 * the same `version`. The stamp is written last: one left half made is made anew.
 */
export async function keep(
  name: string,
  { version, make }: {
    version: string;
    make: (folder: string) => Promise<void>;
  },
): Promise<string> {
  const folder = `${SYSTEMS}${name}`;
  const stamp = `${folder}/ready`;
  const found = await Deno.readTextFile(stamp).catch(() => undefined);
  if (found !== version) {
    console.log(`Making .systems/${name} …`);
    await remove(folder);
    await Deno.mkdir(folder, { recursive: true });
    await make(folder);
    await Deno.writeTextFile(stamp, version);
  }
  return folder;
}

/** The folder that holds Deno for another system, in the version that runs this. */
export async function fetchDeno({ os, arch, deno }: System): Promise<string> {
  const version = Deno.version.deno;
  const folder = await keep(`deno-${os}-${arch}`, {
    version,
    make: async (folder) => {
      const imports = { deno: `npm:${deno}@${version}` };
      const config = JSON.stringify({ nodeModulesDir: "auto", imports });
      await Deno.writeTextFile(`${folder}/deno.json`, config);
      await install(["--quiet", "--os", os, "--arch", arch], folder);
    },
  });
  // V8 and Deno look themselves up by their real path.
  return await Deno.realPath(`${folder}/node_modules/${deno}`);
}

/** Runs `deno install` in a folder. */
export async function install(
  args: string[],
  cwd: string,
  { env = {} }: { env?: Record<string, string> } = {},
) {
  await run(Deno.execPath(), ["install", ...args], { cwd, env });
}

/** It is gone afterwards, whether or not it was there. */
export async function remove(path: string) {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
