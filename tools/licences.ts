/**
 * Writes tools/licences.md, the licences of all that the project stands on:
 * `deno run -A tools/licences.ts`, after `deno task course` or `test`.
 */

import { outputOf, ROOT, venvPython } from "./system.ts";

/** Where the list is. */
export const LICENCES = `${ROOT}tools/licences.md`;

/** What stands above the tables. */
const HEAD = `# Licences

Made by \`deno run -A tools/licences.ts\` from what each package says of itself.
The licences of data and pictures are in [data/README.md](../data/README.md).
Only the bench asks for Keras (Apache 2.0), TensorFlow (Apache 2.0) and PyTorch
(BSD 3-Clause). The tests ask Debian for Chromium and Mesa, whose licences are in
its packages; the package zeromq, for the tests alone, holds libzmq (MPL 2.0).
`;

/** Python's own way to know; a classifier such as "MIT License" where need be. */
const PYTHON = `
import json, re, sys
from importlib.metadata import metadata
def licence(name):
    data = metadata(name)
    classifiers = [line.split(" :: ")[-1] for line in data.get_all("Classifier", [])
                   if line.startswith("License :: ") and line.count(" :: ") > 1]
    stated = (data.get("License") or "UNKNOWN").splitlines()[0]
    return data.get("License-Expression") or ", ".join(classifiers) or stated
print(json.dumps({name: licence(name) for name in sys.argv[1:]}))
`;

interface Manifest {
  name?: string;
  license?: string;
  licenses?: { type: string }[];
  optionalDependencies?: Record<string, string>;
}

/** Names and versions of all npm packages in deno.lock, for any system. */
export async function npmPackages(): Promise<
  [name: string, version: string][]
> {
  const { npm } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const found = new Map<string, [string, string]>();
  for (const key of Object.keys(npm)) {
    // Behind "_" stand the versions of its peers.
    const [, name, version] = key.match(/^(@?[^@]+)@([^_]+)/)!;
    found.set(`${name}@${version}`, [name, version]);
  }
  return [...found.values()];
}

/** Names and versions of all Python packages in requirements.txt. */
export async function pythonPackages(): Promise<[string, string][]> {
  const lines = await Deno.readTextFile(`${ROOT}requirements.txt`);
  return [...lines.matchAll(/^([\w.-]+)==(\S+)/gm)]
    .map(([, name, version]) => [name, version]);
}

/** What packages say in a file, or those for other systems or other Pythons. */
const ELSEWHERE: Record<string, string> = {
  h5wasm: "NIST, HDF5 (BSD)",
  appnope: "BSD-2-Clause",
  colorama: "BSD License",
  overrides: "Apache License, Version 2.0",
  pywinpty: "MIT",
};

async function readManifest(
  name: string,
  version: string,
): Promise<Manifest | undefined> {
  const folder = `node_modules/.deno/${name.replace("/", "+")}@${version}`;
  const path = `${ROOT}${folder}/node_modules/${name}/package.json`;
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function npmLicences(): Promise<[string, string, string][]> {
  const packages = await npmPackages();
  const manifests = await Promise.all(
    packages.map(([name, version]) => readManifest(name, version)),
  );
  const stated = (manifest: Manifest | undefined) =>
    ELSEWHERE[manifest?.name ?? ""] ?? manifest?.license ??
      manifest?.licenses?.map(({ type }) => type).join(", ");
  return packages.map(([name, version], i) => {
    // A package for another system is not installed here; its main package names it.
    const whole = manifests.findIndex((manifest) =>
      manifest?.optionalDependencies?.[name] === version
    );
    const licence = stated(manifests[whole < 0 ? i : whole]);
    if (!licence) throw new Error(`Cannot tell the licence of "${name}"`);
    const as = whole < 0 ? "" : `, as ${packages[whole][0]}`;
    return [name, version, licence + as];
  });
}

async function pythonLicences(): Promise<[string, string, string][]> {
  const packages = await pythonPackages();
  const printed = await outputOf(venvPython(), [
    "-c",
    PYTHON,
    ...packages.map(([name]) => name).filter((name) => !ELSEWHERE[name]),
  ]);
  const licences = { ...JSON.parse(printed), ...ELSEWHERE };
  return packages.map(([name, version]) => [name, version, licences[name]]);
}

/** The list as it should be. */
export async function listLicences(): Promise<string> {
  const table = (title: string, rows: string[][]) =>
    `\n## ${title}\n\n` +
    [["package", "version", "licence"], ["---", "---", "---"], ...rows]
      .map((row) => `| ${row.join(" | ")} |\n`).join("");
  const text = HEAD + table("From npm (deno.lock)", await npmLicences()) +
    table("From PyPI (requirements.txt)", await pythonLicences());
  const format = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([text]).stream().pipeTo(format.stdin);
  return new TextDecoder().decode((await format.output()).stdout);
}

if (import.meta.main) await Deno.writeTextFile(LICENCES, await listLicences());
