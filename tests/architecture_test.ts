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
  // import x from "./y.ts", import "./y.ts", export x from "./y.ts", import("./y.ts")
  const imported =
    /^(?:(?:import|export)\b[^;"]*?\bfrom |import |[^\n"`]*\bimport\()"(\.[^"]+)"/gm;
  return [...text.matchAll(imported)]
    .map(([, target]) => new URL(target, new URL(path, root)).href)
    .map((href) => href.slice(root.href.length));
}

// The assembly has a language and a compiler of its own; the example is a program.
const lib = sources("lib")
  .filter((path) => !/^lib\/backend\/(assembly|example)\//.test(path));

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
      const isAllowed = allowed.includes(roomOf(target)) ||
        // Trainings are saved with what tfjs keeps to itself.
        room === "training" && target.startsWith("lib/backend/internals/");
      assert.ok(isAllowed, `${path}: ${target}`);
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
  optimizers: [
    "fixes",
    "geometry",
    "internals",
    "threads",
    "backend.ts",
    "kernels",
  ],
  recurrent: ["geometry", "internals", "kernels", "threads", "backend.ts"],
  "explain.ts": ["internals", "backend.ts", "network"],
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

/** Members of tfjs that are not public; those with common names are left out. */
const NOT_PUBLIC = [
  ...["addTapeNode", "saveTensorsForBackwardMode", "moveData", "gradientDepth"],
  ...["activeTape", "tensorInfo", "startTape", "endTape", "firstUse"],
  ...["makeTrainFunction", "makeTestFunction", "testFunction", "predictLoop"],
  ...["getDedupedMetricsNames", "lossFunctions", "metricsTensors"],
  ...["collectedTrainableWeights", "isTraining", "callArgs", "_callHook"],
  ...["incrementIterations", "setLearningRate", "accBeta1", "accBeta2"],
  ...["accumulatedGrads", "accumulatedUpdates", "accumulatedFirstMoment"],
  ...["accumulatedSecondMoment", "accumulatedMeanSquares", "tensorMap"],
  ...["accumulatedMoments", "accumulatedMeanGrads", "states_", "useNesterov"],
  ...["accumulations", "accumulatedWeightedInfNorm", "initialAccumulatorValue"],
];

Deno.test("one folder gives types to what is not public in tfjs", () => {
  const name = new RegExp(`\\b(${NOT_PUBLIC.join("|")})\\b`, "g");
  const inner = "lib/backend/internals/";
  const named = new Set<string>();
  for (const path of lib) {
    const text = Deno.readTextFileSync(new URL(path, root));
    const names = text.match(name) ?? [];
    if (path.startsWith(inner)) names.forEach((name) => named.add(name));
    else if (names.length > 0) {
      const isTyped = importsOf(path).some((target) =>
        target.startsWith(inner)
      );
      assert.ok(isTyped, `${path}: ${names[0]}`);
      const cast =
        /\b(engine\(\)|prototype|this|model|optimizer|layer) as [A-Z{u]/;
      assert.doesNotMatch(text, cast, path);
    }
  }
  assert.deepEqual([...named].sort(), NOT_PUBLIC.toSorted());
});

Deno.test("no file of lib/ imports, by way of others, itself", () => {
  const done = new Set<string>();
  const visit = (path: string, from: string[]) => {
    assert.ok(!from.includes(path), [...from, path].join(" -> "));
    if (done.has(path)) return;
    importsOf(path).forEach((target) => visit(target, [...from, path]));
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

/** Files without a test of their own, or folders of them, and what tests them. */
const TESTED_BY: Record<string, string> = {
  "lib/backend/backend.ts": "tests/backend/network/layers_test.ts",
  "lib/backend/fixes/": "tests/numerics/tfjs_faults_test.ts",
  "lib/backend/geometry/": "tests/backend/geometry/sizes_test.ts",
  "lib/backend/internals/": "tests/backend/internals/members_test.ts",
  "lib/backend/kernels/": "tests/numerics/property_test.ts",
  "lib/backend/network/layout.ts": "tests/backend/network/run_test.ts",
  "lib/backend/optimizers/kernels.ts": "tests/numerics/property_test.ts",
  "lib/backend/threads/": "tests/backend/threads/pool_test.ts",
  "lib/backend/threads/embedded.ts": "tests/tools/build_wasm_test.ts",
  "lib/backend/threads/jobs.ts": "tests/tools/describe_jobs_test.ts",
  "lib/backend/webgpu.ts": "tests/conformance/webgpu_test.ts",
  "lib/data/course_size.ts": "tests/data/mnist_test.ts",
  "lib/drawing/pixel_canvas.ts": "tests/drawing/marks_test.ts",
  "lib/errors/stopped.ts": "tests/notebooks/stop_test.ts",
  "lib/exercises/": "tests/slow/exercises_test.ts",
  "lib/kernel/": "tests/notebooks/relay_test.ts",
  "lib/kernel/cells/": "tests/notebooks/cell_programs_test.ts",
  "lib/kernel/inside/": "tests/notebooks/errors_test.ts",
  "lib/mod.ts": "tests/faults/wrong_calls_test.ts",
  "lib/kernel/relay/windows.ts": "tests/systems/kernel_windows_test.ts",
  "lib/notebook/notebook.ts": "tests/notebooks/progress_test.ts",
  "lib/notebook/cell_output.ts": "tests/notebooks/shown_test.ts",
  "lib/scores/mean_products.ts": "tests/scores/pca_test.ts",
  "lib/training/batches.ts": "tests/training/fit_options_test.ts",
  "lib/training/epoch.ts": "tests/training/train_test.ts",
  "lib/training/events.ts": "tests/training/callbacks_test.ts",
  "lib/training/metric_names.ts": "tests/training/callbacks_test.ts",
  "lib/training/saved_training.ts": "tests/training/fit_test.ts",
  "lib/training/training_state.ts": "tests/training/training_folder_test.ts",
};

/** Tests in a room that test more than one file of it. */
const OF_MANY_FILES = ["tests/backend/fixes/axes_test.ts"];

Deno.test("each test of a room has its file, and each file its test", () => {
  const tests = sources("tests").filter((path) => path.endsWith("_test.ts"));
  const testOf = (path: string) =>
    path.replace("lib/", "tests/").replace(/\.ts$/, "_test.ts");
  const inRooms = tests.filter((path) => roomOf(path) in ROOMS);
  assert.deepEqual(
    inRooms.filter((path) => !lib.some((file) => testOf(file) === path)),
    OF_MANY_FILES,
  );
  const without = lib.filter((path) => !tests.includes(testOf(path)));
  const named = Object.entries(TESTED_BY);
  const isNamed = (path: string) =>
    named.some(([name]) =>
      name.endsWith("/") ? path.startsWith(name) : path === name
    );
  assert.deepEqual(without.filter((path) => !isNamed(path)), []);
  for (const [name, test] of named) {
    assert.ok(without.some((path) => path.startsWith(name)), `no file ${name}`);
    assert.ok(tests.includes(test), `no test ${test}`);
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
      "tests/systems/kernel_windows_test.ts",
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

Deno.test("every file of tests that a program names is there", () => {
  for (
    const { path, text } of all.filter(({ path }) => /\.(ts|json)$/.test(path))
  ) {
    for (const [, name] of text.matchAll(/"(tests\/[\w\/]+_test\.ts)"/g)) {
      assert.ok(all.some((file) => file.path === name), `${path}: ${name}`);
    }
  }
});
