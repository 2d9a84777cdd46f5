/**
 * Who may import whom. And what no file may have, so that the course runs on
 * every system and in every folder.
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

// The assembly has a language and a compiler of its own.
const lib = sources("lib")
  .filter((path) => !path.startsWith("lib/backend/assembly/"));

/** The rooms of lib/, and which others each may import from. */
const ROOMS: Record<string, string[]> = {
  errors: [],
  data: ["errors"],
  notebook: ["errors", "data"],
  scores: ["errors", "data"],
  drawing: ["errors", "data", "notebook"],
  training: ["errors", "data", "scores", "notebook", "drawing"],
  exercises: ["errors", "data", "scores", "notebook"],
  kernel: [],
  backend: [],
};

/** The room of a file: lib/data/mnist.ts is in data, lib/mod.ts in none. */
function roomOf(path: string): string {
  return path.split("/").slice(1, -1)[0];
}

Deno.test("each room of lib/ imports only from those below it", () => {
  assert.deepEqual(
    [...new Set(lib.map(roomOf))].filter(Boolean).sort(),
    Object.keys(ROOMS).sort(),
  );
  for (const path of lib) {
    const room = roomOf(path);
    const allowed = room
      ? [room, ...ROOMS[room]]
      // The door opens all rooms that notebooks need.
      : Object.keys(ROOMS).filter((name) => !/kernel|backend/.test(name));
    for (const target of importsOf(path)) {
      assert.ok(target.startsWith("lib/"), `${path}: ${target}`);
      assert.ok(allowed.includes(roomOf(target)), `${path}: ${target}`);
    }
  }
});

/** The folders and files of lib/backend/, and which others each may import from. */
const BACKEND: Record<string, string[]> = {
  geometry: [],
  internals: [],
  // The fixes of tfjs work without our backend.
  fixes: ["geometry", "internals"],
  threads: [],
  "backend.ts": ["geometry", "internals", "threads"],
  kernels: ["geometry", "internals", "threads", "backend.ts"],
  network: ["geometry", "internals", "threads", "backend.ts"],
  optimizers: ["fixes", "internals", "threads", "backend.ts"],
  "webgpu.ts": ["internals"],
};

Deno.test("each part of the backend imports only from those below it", () => {
  const partOf = (path: string) => path.split("/")[2];
  const files = lib.filter((path) => roomOf(path) === "backend");
  const parts = new Set(files.map(partOf));
  assert.ok(parts.delete("mod.ts"), "mod.ts, the door, opens all");
  assert.deepEqual([...parts].sort(), Object.keys(BACKEND).sort());
  for (const path of files.filter((path) => partOf(path) !== "mod.ts")) {
    const part = partOf(path), allowed = [part, ...BACKEND[part]];
    for (const target of importsOf(path)) {
      assert.ok(allowed.includes(partOf(target)), `${path}: ${target}`);
    }
  }
});

Deno.test("no file of lib/ imports, by way of others, itself", () => {
  const done = new Set<string>();
  const visit = (path: string, way: string[]) => {
    assert.ok(!way.includes(path), [...way, path].join(" -> "));
    if (done.has(path)) return;
    importsOf(path).forEach((target) => visit(target, [...way, path]));
    done.add(path);
  };
  lib.forEach((path) => visit(path, []));
});

Deno.test("errors, data, notebook, exercises and kernel need no tensors", () => {
  const free = ["errors", "data", "notebook", "exercises", "kernel"];
  for (const path of lib.filter((path) => free.includes(roomOf(path)))) {
    const text = Deno.readTextFileSync(new URL(path, root));
    assert.ok(!/from "@tensorflow/.test(text), path);
  }
});

/** The second runs in every kernel, whatever is imported there. */
const NAMES_JUPYTER = [
  "lib/notebook/notebook.ts",
  "lib/kernel/inside/inside.ts",
];

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
    [/kernel32/, [
      "lib/kernel/relay/windows.ts",
      "tests/kernel/relay/windows_test.ts",
    ]],
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
