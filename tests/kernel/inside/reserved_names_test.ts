import * as esbuild from "esbuild";
import assert from "node:assert/strict";
import { languageNames } from "../../../lib/kernel/inside/reserved_names.ts";

/** These run in threads of their own, where no cell's names are. */
const THREADS = ["lib/backend/threads/worker.ts"];

/** All names that a program finds here, also those that all objects have. */
function systemNames(): string[] {
  const kept = [...languageNames(), "Deno", "constructor"];
  const names: string[] = [];
  let from: object = globalThis;
  while (from !== Object.prototype) {
    names.push(...Object.getOwnPropertyNames(from));
    from = Object.getPrototypeOf(from);
  }
  return names.filter((name) => /^\w+$/.test(name) && !kept.includes(name));
}

function sources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (name === "assembly") return [];
    return isDirectory ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

const define = Object.fromEntries(
  systemNames().map((name) => [name, `FROM_SYSTEM_${name}`]),
);

/** Names of the system that a program uses without having made them its own. */
async function systemNamesIn(program: string): Promise<string[]> {
  const { code } = await esbuild.transform(program, { loader: "ts", define });
  const found = code.matchAll(/FROM_SYSTEM_(\w+)/g);
  return [...new Set([...found].map(([, name]) => name))];
}

Deno.test({
  name: "no file asks for a name of the system that a cell may take",
  sanitizeOps: false, // esbuild is a process that stays for a while
  sanitizeResources: false,
  async fn() {
    try {
      // Types, properties and what a file has made its own are none.
      const program = `const { crypto } = globalThis; crypto; a.performance;
        let b: AbortSignal; const c = { URL: 1 }; fetch; addEventListener`;
      const found = await systemNamesIn(program);
      assert.deepEqual(found, ["fetch", "addEventListener"]);

      const paths = sources("lib").filter((path) =>
        !THREADS.includes(path) && !path.startsWith("lib/kernel/")
      );
      assert.ok(paths.length > 60);
      for (const path of paths) {
        const names = await systemNamesIn(Deno.readTextFileSync(path));
        assert.deepEqual(names, [], `${path}: write const { … } = globalThis`);
      }
    } finally {
      await esbuild.stop();
    }
  },
});
