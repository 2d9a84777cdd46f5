import { dirname } from "node:path";
import { ROOT } from "../tools/system.ts";

/** Uses a folder of its own, which is gone afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The files that say which packages the project has. */
export const PACKAGES = ["deno.json", "deno.lock", "lib/backend/deno.json"];

/** Copies files of the project, named from its folder, to a folder. */
export async function copyFiles(names: string[], folder: string) {
  for (const name of names) {
    await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
    await Deno.copyFile(`${ROOT}${name}`, `${folder}/${name}`);
  }
}
