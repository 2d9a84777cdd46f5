/** Jupyter's description of the course's kernel, and the program it starts. */

import { kernelEnvironment } from "./flags.ts";
import { ROOT } from "./system.ts";

/** The kernel's name in notebooks, and in the folder where Jupyter finds it. */
export const KERNEL = "deno-course";

/** What stands in a notebook's `kernelspec`: another Deno kernel is not meant. */
export const KERNELSPEC = {
  display_name: "Deno (course)",
  language: "typescript",
  name: KERNEL,
};

/**
 * What Jupyter reads: how to start the relay in `folder` with `program`, a Deno,
 * as a kernel. Without `plain` the kernel has the flags of V8 that make the backend
 * faster.
 */
export async function kernelSpec(
  folder: string,
  program: string,
  { plain = false } = {},
) {
  const env: Record<string, string> = {
    // As the tasks have it: a cell may import packages through a proxy.
    DENO_TLS_CA_STORE: "system,mozilla",
    ...plain ? {} : await kernelEnvironment(),
  };
  return {
    argv: [
      ...[program, "run", "-A", "--no-config", "--quiet"],
      ...[`${folder}/kernel/relay/main.ts`, "{connection_file}"],
    ],
    interrupt_mode: "message",
    display_name: KERNELSPEC.display_name,
    language: KERNELSPEC.language,
    env,
  };
}

/**
 * Writes the kernel below a folder of Jupyter's, in place of one of an earlier
 * course, and returns its spec. The Deno that runs this is put beside it: where
 * npx keeps it, or a package manager, the next cleaning up or upgrade may take
 * it away.
 */
export async function writeKernel(jupyter: string, { plain = false } = {}) {
  const folder = `${jupyter}/kernels/${KERNEL}`;
  await Deno.mkdir(folder, { recursive: true });
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const program = `deno-${Deno.version.deno}${suffix}`;
  await putProgram(`${folder}/${program}`);
  await putRelay(folder);
  const spec = await kernelSpec(folder, `${folder}/${program}`, { plain });
  const json = JSON.stringify(spec, null, 2);
  await Deno.writeTextFile(`${folder}/kernel.json`, json);
  for await (const { name } of Deno.readDir(folder)) {
    const isOlder = /^deno-\d/.test(name) && name !== program;
    // Windows keeps a program that still runs; the next time removes it.
    if (isOlder) await Deno.remove(`${folder}/${name}`).catch(() => {});
  }
  return { path: `${folder}/kernel.json`, spec };
}

/** Puts the relay beside Deno: the folder of the course may go away. */
async function putRelay(folder: string) {
  for (const part of ["relay", "cells", "inside"]) {
    const [from, to] = [
      `${ROOT}lib/kernel/${part}`,
      `${folder}/kernel/${part}`,
    ];
    await Deno.mkdir(to, { recursive: true });
    for await (const { name } of Deno.readDir(from)) {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    }
  }
}

/** Puts this Deno at `path`: as a second name of the same file, or as a copy. */
async function putProgram(path: string) {
  // Homebrew's Deno is a link, and a second name of a link leads nowhere.
  const source = await Deno.realPath(Deno.execPath());
  const wanted = await Deno.stat(source);
  const there = await Deno.stat(path).catch(() => undefined);
  if (there?.size === wanted.size) return;
  const aside = `${path}.part`;
  await Deno.remove(aside).catch(() => {});
  // Windows removes a program that runs by none of its names.
  if (Deno.build.os === "windows") await Deno.copyFile(source, aside);
  else await Deno.link(source, aside).catch(() => Deno.copyFile(source, aside));
  await Deno.rename(aside, path);
}
