/** The package as JSR and npm would take it, and from an address. */

import assert from "node:assert/strict";
import { capture, ROOT } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";
import { folder, inFolder as inInstalled, packed } from "./installed.ts";

const deno = Deno.execPath();

Deno.test("JSR would take the package", async () => {
  const { success, stderr } = await capture(deno, [
    ...["publish", "--dry-run", "--allow-dirty", "--config", "deno.json"],
  ], { cwd: `${ROOT}lib/backend`, env: { NO_COLOR: "1" } });
  assert.ok(success, stderr);
  assert.match(stderr, /Success Dry run complete/);
});

Deno.test("npm would take the package, with the files that it needs", async () => {
  const { success, stdout, stderr } = await capture("npm", [
    ...["publish", "--dry-run", "--json", "--access", "public", packed],
  ]);
  assert.ok(success, stderr);
  const [{ files }]: { files: { path: string }[] }[] = Object.values(
    JSON.parse(stdout),
  );
  const paths = files.map(({ path }) => path);
  for (
    const name of ["README.md", "LICENSE", "CHANGELOG.md", "mod.js"]
      .concat(["fixes/README.md", "example/train.ts"])
  ) {
    assert.ok(paths.includes(name), name);
  }
  assert.ok(paths.includes("mod.d.ts") && paths.includes("fixes/mod.d.ts"));
  const sources = paths.filter((path) => /(?<!\.d)\.ts$/.test(path));
  assert.deepEqual(sources, ["example/train.ts"]);
});

Deno.test("TypeScript knows the types of what npm installs", async () => {
  const name = "@denoise/tfjs-wasm-threads";
  await Deno.writeTextFile(
    `${folder}/program.ts`,
    `import type { Optimizer } from "@tensorflow/tfjs";
    import { type BackendName, useBackend } from "${name}";
    import { fixTensorFlow, uncorrectedAdadelta } from "${name}/fixes";
    fixTensorFlow() satisfies void;
    export const backend: BackendName = await useBackend("cpu");
    export const optimizer: Optimizer = uncorrectedAdadelta(1);
    // @ts-expect-error: there is no such option
    await useBackend("wasm-threads", { thread: 2 });
    // @ts-expect-error: a learning rate is a number
    uncorrectedAdadelta("1");
    `,
  );
  // The declarations of tfjs itself do not stand a check.
  await inInstalled("npx", [
    ...["-y", "-p", "typescript@5.9.3", "tsc", "program.ts", "--noEmit"],
    ...["--strict", "--skipLibCheck", "--target", "es2022"],
    ...["--module", "nodenext"],
  ]);
});

Deno.test("Deno runs the backend from an address, with nothing on the disk", () =>
  inFolder(async (cwd) => {
    const server = Deno.serve(
      { port: 0, hostname: "localhost", onListen() {} },
      async ({ url }) => {
        const path = `${ROOT}lib/backend${new URL(url).href.split(/:\d+/)[1]}`;
        const headers = { "Content-Type": "text/typescript" };
        return new Response(await Deno.readTextFile(path), { headers });
      },
    );
    try {
      // As the README has it, with the address in place of the folder.
      const address = `http://localhost:${server.addr.port}`;
      const readme = await Deno.readTextFile(`${ROOT}lib/backend/README.md`);
      const [, config] = readme.match(/```json\n(.*?)```/s)!;
      await Deno.writeTextFile(
        `${cwd}/deno.json`,
        config.replaceAll("COPY/lib/backend", address),
      );
      const program = `
        import * as tf from "@tensorflow/tfjs";
        import { useBackend } from "@denoise/tfjs-wasm-threads";
        const name = await useBackend("wasm-threads", { threads: 2 });
        const ones = tf.ones([99, 99]);
        console.log(name, (await tf.matMul(ones, ones).data())[0]);`;
      await Deno.writeTextFile(`${cwd}/program.ts`, program);
      const { stdout, stderr } = await capture(deno, [
        ...["run", "-A", "--no-lock", "--check", "program.ts"],
      ], { cwd });
      assert.equal(stdout, "wasm-threads 99\n", stderr);
    } finally {
      await server.shutdown();
    }
  }));
