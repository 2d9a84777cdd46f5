/** Whether links can be made: on Windows not everybody may. */

async function tryLink(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a`, "");
    await Deno.symlink(`${folder}/a`, `${folder}/b`);
    const { isSymlink } = await Deno.lstat(`${folder}/b`);
    return isSymlink;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export const hasLinks = await tryLink();
if (!hasLinks) {
  console.error("\nSKIPPED: no links can be made, so they are NOT tested.\n");
}
