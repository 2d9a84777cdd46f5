/** Links of a folder's pages to what is not there, outside of hosts. */
export async function deadLinks(folder: string): Promise<string[]> {
  const dead: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".html")) continue;
    const page = await Deno.readTextFile(`${folder}/${name}`);
    for (const [, href] of page.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const [path, anchor] = href.split("#");
      const target = await Deno.readTextFile(`${folder}/${path || name}`)
        .catch(() => undefined);
      const lands = target !== undefined &&
        (!anchor || target.includes(`id="${anchor}"`));
      if (!lands) dead.push(`${name}: ${href}`);
    }
  }
  return dead;
}
