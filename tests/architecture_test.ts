/**
 * Who may import whom: lib/ and lib/backend/ know nothing of each other. And what
 * no file may have, so that the course runs on every system and in every folder.
 */

import assert from "node:assert/strict";

const root = new URL("..", import.meta.url);

function sources(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return sources(path);
    return /\.ts$/.test(path) ? [path] : [];
  });
}

function importsOf(path: string): string[] {
  const text = Deno.readTextFileSync(new URL(path, root));
  return [...text.matchAll(/^(?:import|export)[^;]*?from "(\.[^"]+)"/gm)]
    .map(([, target]) => new URL(target, new URL(path, root)).href)
    .map((href) => href.slice(root.href.length));
}

const lib = sources("lib");
const backend = lib.filter((path) => path.startsWith("lib/backend/"));
const course = lib.filter((path) => !path.startsWith("lib/backend/"));

Deno.test("the course imports nothing of the backend, nor the reverse", () => {
  assert.ok(course.length > 10 && backend.length > 10);
  for (const path of course) {
    for (const target of importsOf(path)) {
      assert.ok(!target.startsWith("lib/backend/"), `${path}: ${target}`);
      assert.ok(target.startsWith("lib/"), `${path}: ${target}`);
    }
  }
  for (const path of backend) {
    for (const target of importsOf(path)) {
      assert.ok(target.startsWith("lib/backend/"), `${path}: ${target}`);
    }
  }
});

Deno.test("random numbers, data, noise, scores and checks need no tensors", () => {
  const checks = course.filter((path) => path.startsWith("lib/checks/"))
    .map((path) => path.slice("lib/".length, -".ts".length));
  assert.ok(checks.length > 5);
  for (
    const name of [
      "random",
      "mnist",
      "extracts",
      "noise",
      "idx",
      "images",
      "metrics",
      "shown",
      "check",
      ...checks,
    ]
  ) {
    const text = Deno.readTextFileSync(new URL(`lib/${name}.ts`, root));
    assert.ok(!text.includes("@tensorflow"), name);
  }
});

/** The second runs in every kernel, whatever is imported there. */
const NAMES_JUPYTER = ["lib/notebook.ts", "lib/relay/inside.ts"];

Deno.test("two files name Deno.jupyter, and none Math.random", () => {
  for (const path of lib) {
    const text = Deno.readTextFileSync(new URL(path, root));
    const names = text.includes("Deno.jupyter");
    assert.equal(names, NAMES_JUPYTER.includes(path), path);
    assert.ok(!text.includes("Math.random("), path);
  }
});

/** All files of the project that are text, as paths from its folder. */
function texts(): string[] {
  const folders = ["lib", "tests", "tools", "bench", "notebooks"];
  const top = [...Deno.readDirSync(root)].filter(({ isFile }) => isFile)
    .map(({ name }) => name);
  const below = (folder: string): string[] =>
    [...Deno.readDirSync(new URL(folder, root))].flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      // Git ignores names that begin so, and what Python makes.
      if (/^[._]/.test(entry.name) || entry.isSymlink) return [];
      return entry.isDirectory ? below(path) : [path];
    });
  return [...top, ...folders.flatMap(below)]
    .filter((path) =>
      /\.(ts|py|json|lock|md|txt|ipynb|svg|css|j2)$/.test(path)
    );
}

const all = texts().map((path) => ({
  path,
  text: Deno.readTextFileSync(new URL(path, root)),
}));

Deno.test("every line of every text ends as Deno formats it", () => {
  assert.ok(all.length > 200);
  // Where Git for Windows writes other ends, .gitattributes must not.
  for (const { path, text } of all) assert.ok(!text.includes("\r\n"), path);
});

Deno.test("no address is taken apart to make a path of it", () => {
  // They keep %20 for a space, and on Windows a slash before the drive.
  const taken = [
    /import\.meta\.url\s*\.\s*\w+/,
    /\.pathname\b/,
  ];
  const programs = all.filter(({ path }) =>
    path.endsWith(".ts") && path !== "tests/architecture_test.ts"
  );
  for (const { path, text } of programs) {
    for (const pattern of taken) assert.doesNotMatch(text, pattern, path);
  }
});

Deno.test("what only some systems have is named in few places", () => {
  const places: [RegExp, string[]][] = [
    [/\/proc\/self/, [
      "tests/faults/usage.ts",
      "bench/ours.ts",
    ]],
    [/kernel32/, ["lib/relay/windows.ts", "tests/kernel_windows_test.ts"]],
    [/\.venv\/bin|Scripts\//, [
      "tools/system.ts",
      "tests/systems/containers_test.ts",
    ]],
  ];
  for (const { path, text } of all) {
    if (!path.endsWith(".ts") || path === "tests/architecture_test.ts") {
      continue;
    }
    for (const [pattern, known] of places) {
      assert.ok(!pattern.test(text) || known.includes(path), path);
    }
  }
});
