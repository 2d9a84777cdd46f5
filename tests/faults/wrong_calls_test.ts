/** Every public function, called as nobody should, answers in words of its own. */

import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import * as lib from "../../lib/mod.ts";
import { inFolder } from "../in_folder.ts";

await useBackend();

const { train } = await lib.loadMnist({ train: 20, test: 1 });
const { images } = train;
const model = lib.buildAutoencoder();

/** What a function may be given by mistake; none of it is right for all of them. */
const GIVEN: unknown[][] = [
  ...[[], [undefined], [null], [5], [1n], ["x"], [Symbol("s")], [() => {}]],
  ...[[{}], [Object.create(null)], [[]], [[1, 2]], [[null]], [new Map()]],
  ...[[Promise.resolve(1)], [new Proxy([], {})]],
  ...[[train], [images], [images, 0.5], [images, null], [images, train]],
  ...[[images, images], [images, images, 5], [images, Symbol("s")]],
  ...[[model], [model, train], [model, images], [model, images, images, 5]],
  ...[[model, images, train.labels], [model, Symbol("s")], [{}, {}]],
  ...[[[{ label: 1 }], {}], [[{ label: "a" }]], [{ marks: [] }]],
];

/** What JavaScript says where nobody has looked. */
const FOREIGN =
  /^Cannot (read prop|destructure|convert|mix|create|set prop|access)/;

type Unchecked = new (...given: unknown[]) => unknown;

Deno.test("a wrong call is refused in words of the function's own, or does no harm", () =>
  inFolder(async (folder) => {
    const before = Deno.cwd();
    Deno.chdir(folder); // a path may be "x"
    const foreign: string[] = [];
    let refused = 0;
    try {
      for (const [name, called] of Object.entries(lib)) {
        if (typeof called !== "function") continue;
        const isClass = Function.prototype.toString.call(called)
          .startsWith("class");
        for (const given of GIVEN) {
          try {
            await (isClass
              ? new (called as unknown as Unchecked)(...given)
              : (called as (...given: unknown[]) => unknown)(...given));
          } catch (error) {
            const { message } = error as Error;
            refused++;
            const isOwn = /^Cannot /.test(message) && !FOREIGN.test(message);
            if (!isOwn) {
              foreign.push(`${name}(${Deno.inspect(given)}): ${message}`);
            }
          }
        }
      }
    } finally {
      Deno.chdir(before);
    }
    assert.deepEqual(foreign, []);
    assert.ok(refused > 700, `${refused}`);
  }));
