/**
 * What deno.lock holds. Deno adds to it whenever a cell or deno.json asks for
 * another package, and says nothing.
 */

import { ROOT } from "./system.ts";

interface Lock {
  /** What is asked for, such as "npm:linkedom@0.18.15", and what was chosen. */
  specifiers: Record<string, string>;
  npm: Record<string, {
    integrity?: string;
    dependencies?: string[];
    optionalDependencies?: string[];
  }>;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}${path}`));
}

/** Says which packages have come since the last task. */
export async function noteLock() {
  const { specifiers } = await readJson<Lock>("deno.lock");
  const now = Object.entries(specifiers).map(([specifier, chosen]) => {
    const [version] = chosen.split("_"); // behind it stand its peers
    return specifier.endsWith(`@${version}`)
      ? specifier
      : `${specifier} (${version})`;
  }).sort();
  const path = "node_modules/.course-packages.json";
  const before = await readJson<string[]>(path).catch(() => undefined);
  const sentence = added(before ?? now, now);
  if (sentence) console.log(sentence);
  // Nothing can be noted before the first packages are there, or where nothing
  // can be written.
  await Deno.writeTextFile(`${ROOT}${path}`, JSON.stringify(now))
    .catch(() => {});
}

/** Says what a list of packages has that one before it had not, if anything. */
export function added(before: string[], now: string[]): string | undefined {
  const names = now.filter((name) => !before.includes(name));
  if (names.length === 0) return undefined;
  return `deno.lock has new packages since the last task, which a cell, a ` +
    `program or deno.json asks for: ${names.join(", ")} ` +
    `("git checkout deno.lock" takes them out again)`;
}

/**
 * All that deno.lock says of the packages in deno.json and of those that they
 * need, as text. A package that only a cell imports is not among them.
 */
export async function lockedPackages(): Promise<string> {
  const { imports } = await readJson<{ imports: Record<string, string> }>(
    "deno.json",
  );
  return packagesOf(
    await readJson<Lock>("deno.lock"),
    Object.values(imports),
  );
}

/** The entries of those packages and of all that they need, as sorted lines. */
export function packagesOf(lock: Lock, asked: string[]): string {
  const lines = new Set<string>();
  const waiting = asked.map((specifier) =>
    `${specifier.replace(/^npm:/, "").replace(/@[^@]+$/, "")}@${
      lock.specifiers[specifier]
    }`
  );
  const seen = new Set<string>();
  for (let name; (name = waiting.pop()) !== undefined;) {
    if (seen.has(name)) continue;
    seen.add(name);
    const entry = lock.npm[name];
    lines.add(`${name} ${entry?.integrity}`);
    const { dependencies = [], optionalDependencies = [] } = entry ?? {};
    for (const needed of [...dependencies, ...optionalDependencies]) {
      waiting.push(lock.npm[needed] ? needed : chosen(lock, needed));
    }
  }
  return [...lines].sort().join("\n");
}

/** The entry for a package that is named without its version. */
function chosen(lock: Lock, name: string): string {
  return Object.keys(lock.npm).find((key) => key.startsWith(`${name}@`)) ??
    name;
}
