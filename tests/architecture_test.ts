/** Who may import whom: lib/ and lib/backend/ know nothing of each other. */

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

Deno.test("one file names Deno.jupyter, and none Math.random", () => {
  for (const path of lib) {
    const text = Deno.readTextFileSync(new URL(path, root));
    const names = text.includes("Deno.jupyter");
    assert.equal(names, path === "lib/notebook.ts", path);
    assert.ok(!text.includes("Math.random("), path);
  }
});
