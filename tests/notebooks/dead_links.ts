import { resolve, sep as SEPARATOR } from "node:path";

/** Links of a folder's pages to what is not there, or stands outside of it. */
export async function deadLinks(
  root: string,
  folder = root,
): Promise<string[]> {
  const dead: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) dead.push(...await deadLinks(root, `${folder}/${name}`));
    if (!name.endsWith(".html")) continue;
    const page = await Deno.readTextFile(`${folder}/${name}`);
    for (const [, href] of page.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const [path, anchor] = href.split("#");
      const target = await Deno.readTextFile(`${folder}/${path || name}`)
        .catch(() => undefined);
      const isInside = resolve(folder, path || name).startsWith(
        resolve(root) + SEPARATOR,
      );
      const lands = isInside && target !== undefined &&
        (!anchor || target.includes(`id="${anchor}"`));
      if (!lands) dead.push(`${name}: ${href}`);
    }
  }
  return dead;
}
