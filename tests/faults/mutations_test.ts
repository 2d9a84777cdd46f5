/** A thousand mutations of each file of digits and pictures: none is loaded. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { EXTRACTS, verifyExtract } from "../../lib/data/extracts.ts";
import { parseIdx } from "../../lib/data/idx.ts";
import { mnistFile, verifyIdx } from "../../lib/data/mnist.ts";
import { Random } from "../../lib/data/random.ts";
import { ROOT } from "../../tools/system.ts";

const MUTATIONS = 200;
/** Bytes of a gzipped file beyond which unzipping it is slow. */
const LARGE = 1 << 22;

/** What an error may say about a file, and what to do. */
const NAMED = new RegExp(
  `Cannot read "[\\w-]+": (${
    [
      "its first bytes \\([0-9a-f ]+\\) are not those of an IDX file, nor of gzip",
      "it is an IDX file of [\\w -]+ \\(type 0x0\\w\\); only .* can be read",
      "it is empty",
      "it ends within its header",
      "its header has sizes that no array has",
      "it is short: \\d+ of \\d+ numbers are there",
      "its size is wrong: \\d+ bytes follow the data",
      "its checksum is wrong \\(SHA-256 \\w{64}\\)",
      "it ends too early to be unzipped; fetch it again",
      "it is damaged, and cannot be unzipped \\(.+\\)",
    ].join("|")
  }); fetch (the packages|it) again`,
);

const digits = ([
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const).map((name) => ({
  name: name as string,
  bytes: Deno.readFileSync(mnistFile(name)),
  load: (bytes: Uint8Array): unknown => verifyIdx(bytes, name),
}));
const pictures = (["clothes", "photos"] as const).map((name) => ({
  name: EXTRACTS[name].file as string,
  bytes: Deno.readFileSync(`${ROOT}data/extracts/${EXTRACTS[name].file}`),
  load: (bytes: Uint8Array): unknown => verifyExtract(bytes, name),
}));
const files = [...digits, ...pictures];

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A mutation gives a check what it made of a file, and undoes it. */
type Mutation = (check: (bytes: Uint8Array) => void) => void;

/** Ways to spoil a file, each as often as the others unless it is slow. */
function mutations(name: string, random: Random): Mutation[] {
  const bytes = files.find((file) => file.name === name)!.bytes.slice();
  const others = files.filter((file) => file.name !== name);
  const zipped = new Uint8Array(gzipSync(bytes, { level: 1 }));
  const other = () => others[random.integer(others.length)].bytes;
  const noise = (length: number) =>
    Uint8Array.from({ length }, () => random.integer(256));

  /** Changes bits of `target` from `at` on. */
  const change = (
    target: Uint8Array,
    { at, length }: { at: number; length: number },
  ): Mutation =>
  (check) => {
    const before = target.slice(at, at + length);
    const bits = noise(before.length).map((value) => value || 1);
    before.forEach((value, i) => target[at + i] = value ^ bits[i]);
    check(target);
    target.set(before, at);
  };
  const anywhere = (target: Uint8Array) => random.integer(target.length);
  const cut = (target: Uint8Array) => target.subarray(0, anywhere(target));

  const quick: Mutation[] = [
    (check) => check(cut(bytes)),
    (check) => check(bytes.subarray(1 + anywhere(bytes))),
    (check) => change(bytes, { at: anywhere(bytes), length: 1 })(check),
    (check) => change(bytes, { at: anywhere(bytes), length: 4_096 })(check),
    (check) => change(bytes, { at: random.integer(16), length: 1 })(check),
    (check) => check(other()),
    (check) => check(concat(bytes, other().subarray(0, 10_000))),
    (check) => check(concat(bytes, noise(1 + random.integer(9)))),
    (check) => check(concat(other().subarray(0, 10_000), bytes)),
    (check) => check(concat(cut(bytes), Uint8Array.of(0))),
  ];
  const zips: Mutation[] = [
    (check) => check(zipped), // not what was published
    (check) => check(cut(zipped)),
    (check) => change(zipped, { at: anywhere(zipped), length: 1 })(check),
    (check) => check(concat(zipped, zipped)),
    (check) => check(concat(zipped, noise(9))),
    (check) => check(concat(Uint8Array.of(0x1f, 0x8b), bytes)),
    (check) => check(new Uint8Array(gzipSync(other().subarray(0, 10_000)))),
  ];
  const few = zipped.length > LARGE;
  return Array.from({ length: MUTATIONS }, (_, i) => {
    const isZip = few ? i % 25 === 0 : i % 3 === 0;
    const kinds = isZip ? zips : quick;
    return kinds[random.integer(kinds.length)];
  });
}

for (const [seed, { name, bytes, load }] of files.entries()) {
  Deno.test(`${name}: of ${MUTATIONS} mutations none is loaded`, () => {
    load(bytes);
    let refused = 0;
    for (const mutate of mutations(name, new Random(seed))) {
      mutate((bad) => {
        assert.throws(() => load(bad), (error: Error) => {
          assert.ok(error instanceof Deno.errors.InvalidData, String(error));
          assert.match(error.message, NAMED);
          return true;
        });
        refused++;
      });
    }
    assert.equal(refused, MUTATIONS);
  });
}

Deno.test("a small file that unzips to a huge one is refused", () => {
  const zipped = gzipSync(new Uint8Array(2 ** 28 + 1), { level: 1 });
  assert.ok(zipped.length < 2 ** 22);
  assert.throws(() => parseIdx(zipped, "own.gz"), {
    name: "InvalidData",
    message: 'Cannot read "own.gz": unzipped it has more than 268435456 bytes',
  });
});
