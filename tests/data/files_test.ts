import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import pl from "nodejs-polars";
import {
  loadJson,
  patiently,
  readOwn,
  saveJson,
  writeWhole,
  writing,
} from "../../lib/data/files.ts";
import { TrainingFolder } from "../../lib/training/training_folder.ts";
import { hasLinks } from "../links.ts";
import { inFolder } from "../in_folder.ts";

const BYTES = new TextEncoder().encode("new");

/** What the system's errors look like. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (os error)`), { code });
}

/** Fails so many times. */
function failing(times: number, code: string) {
  let calls = 0;
  return {
    calls: () => calls,
    act: () =>
      ++calls > times
        ? Promise.resolve("done")
        : Promise.reject(systemError(code)),
  };
}

Deno.test("what is left aside is replaced, and nothing stays aside", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.bin`;
    await Deno.writeTextFile(`${path}.part`, "half of something longer");
    await writeWhole(path, BYTES);
    assert.equal(await Deno.readTextFile(path), "new");
    assert.deepEqual([...Deno.readDirSync(folder)].length, 1);
  }));

Deno.test("a file is on the disk before it has its name", () =>
  inFolder(async (folder) => {
    const file = Deno.FsFile.prototype;
    const { sync } = file, { rename } = Deno;
    const done: string[] = [];
    file.sync = function () {
      done.push("sync");
      return sync.call(this);
    };
    Deno.rename = (from, to) => {
      done.push("rename");
      return rename(from, to);
    };
    try {
      await writeWhole(`${folder}/a.bin`, BYTES);
    } finally {
      file.sync = sync;
      Deno.rename = rename;
    }
    assert.deepEqual(done, ["sync", "rename"]);
  }));

Deno.test("files written to one path at once leave the last, whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.json`;
    await Promise.all([1, 2, 3].map((number) => saveJson(path, number)));
    assert.equal(await Deno.readTextFile(path), "3");
    await assert.rejects(saveJson(`${folder}/none/a.json`, 1));
    await saveJson(path, 4); // one that failed holds up no other
  }));

Deno.test("what was saved as JSON is read again, or it says what is wrong", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.json`;
    const value = { floor: 0.5, history: [{ epoch: 1, notes: "ä" }] };
    await saveJson(path, value);
    assert.deepEqual(await loadJson(path), value);
    await assert.rejects(loadJson(`${folder}/none.json`), /no such file; run/);
    await Deno.writeTextFile(path, '{"floor": 0.');
    await assert.rejects(loadJson(path), /it is not JSON; remove it/);
    await assert.rejects(loadJson(folder), /it is no file/);
    await assert.rejects(loadJson(3 as unknown as string), TypeError);
  }));

for (const [what, suffix] of [["aside", ".part"], ["at the path itself", ""]]) {
  Deno.test(`a link planted ${what} is not followed`, {
    ignore: !hasLinks,
  }, () =>
    inFolder(async (folder) => {
      const [path, others] = [`${folder}/history.json`, `${folder}/others`];
      for (const target of [others, `${folder}/missing`, "/dev/full"]) {
        await Deno.writeTextFile(others, "somebody's");
        await Deno.remove(path).catch(() => {});
        await Deno.symlink(target, path + suffix);
        await saveJson(path, "new");
        assert.equal(await Deno.readTextFile(others), "somebody's");
        assert.equal(await Deno.readTextFile(path), '"new"');
        assert.ok((await Deno.lstat(path)).isFile);
        await assert.rejects(Deno.lstat(`${path}.part`));
        await assert.rejects(Deno.lstat(`${folder}/missing`));
      }
    }));
}

Deno.test("a link planted at the last moment is not followed either", {
  ignore: !hasLinks,
}, () =>
  inFolder(async (folder) => {
    const [path, others] = [`${folder}/history.json`, `${folder}/others`];
    await Deno.writeTextFile(others, "somebody's");
    const { open } = Deno;
    Deno.open = async (aside, options) => {
      await Deno.symlink(others, aside);
      return open(aside, options);
    };
    try {
      await assert.rejects(saveJson(path, "new"), /Cannot write ".*history/);
    } finally {
      Deno.open = open;
    }
    assert.equal(await Deno.readTextFile(others), "somebody's");
    assert.deepEqual([...Deno.readDirSync(folder)].length, 1);
  }));

Deno.test("a link planted as the lock or as a state is refused by name", {
  ignore: !hasLinks,
}, () =>
  inFolder(async (folder) => {
    const training = `${folder}/training`;
    await Deno.mkdir(training);
    await Deno.symlink(`${folder}/missing`, `${training}/lock`);
    await assert.rejects(
      TrainingFolder.open(training),
      /Cannot write ".*training": ".*lock" is a link or no file; remove it/,
    );
    await assert.rejects(Deno.lstat(`${folder}/missing`));
    await Deno.remove(`${training}/lock`);
    await Deno.symlink("/dev/zero", `${training}/training-1-1.bin`);
    using opened = await TrainingFolder.open(training);
    const none = undefined as never;
    await assert.rejects(opened.restore(none, none), {
      name: "InvalidData",
      message: `Cannot read "${training}/training-1-1.bin": it is a link; ` +
        `remove it, and train again`,
    });
  }));

Deno.test("folders and files without end are not read", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/folder`);
    await assert.rejects(readOwn(`${folder}/folder`), /: it is no file; /);
    const path = `${folder}/large`;
    await Deno.writeTextFile(path, "1");
    assert.deepEqual(await readOwn(path), new TextEncoder().encode("1"));
    await Deno.truncate(path, 2 ** 40); // the disk holds nothing of it
    await assert.rejects(
      readOwn(path),
      /it has 1099511627776 bytes, more than/,
    );
  }));

Deno.test("a file that a program holds open is waited for, a while", async () => {
  for (const code of ["EACCES", "EPERM", "EBUSY"]) {
    const soon = failing(3, code);
    assert.equal(await patiently(soon.act, { waits: [1, 1, 1] }), "done");
    assert.equal(soon.calls(), 4);
    const never = failing(99, code);
    const write = () => patiently(never.act, { waits: [1, 1, 1] });
    await assert.rejects(
      writing("run/model.json", write, { os: "windows" }),
      /^Error: Cannot write "run\/model.json": another program holds it open, such as OneDrive or a virus scanner; wait for it or close it.*; what was saved before is still there$/,
    );
    assert.equal(never.calls(), 4);
  }
});

Deno.test("other errors are said at once, and as they are", async () => {
  const full = failing(1, "ENOSPC");
  const waits = [1e6];
  await assert.rejects(patiently(full.act, { waits }), { code: "ENOSPC" });
  const write = () => Promise.reject(systemError("EACCES"));
  await assert.rejects(
    writing("a", write, { os: "linux" }),
    /Cannot write "a": you may not write there; copy the course/,
  );
  const unknown = () => Promise.reject(systemError("ELOOP"));
  await assert.rejects(writing("a", unknown), /"a": ELOOP \(os error\); what/);
});

Deno.test("on Windows it is waited for five seconds, elsewhere not at all", async () => {
  const held = failing(99, "EBUSY");
  const start = performance.now();
  await assert.rejects(patiently(held.act), { code: "EBUSY" });
  const seconds = (performance.now() - start) / 1000;
  if (Deno.build.os === "windows") {
    assert.ok(seconds >= 4.9 && held.calls() > 5);
  } else assert.equal(held.calls(), 1);
});

Deno.test("what JSON would change without a word is refused by name", () =>
  inFolder(async (folder) => {
    const path = `${folder}/history.json`;
    const twice = { a: 1 };
    const kept = {
      loss: 0.5,
      list: [1, null, "a"],
      none: undefined,
      yes: true,
      zeros: [0, -0],
      again: twice,
      twice,
      rows: pl.DataFrame({ a: [1], b: ["x"] }).toRecords(),
    };
    await saveJson(path, kept);
    const { none: _, ...expected } = kept;
    assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), expected);
    const circle = { a: [{}] };
    Object.assign(circle.a[0], { b: circle.a });
    const others: [unknown, RegExp][] = [
      [
        { history: [{ valLoss: NaN }] },
        /its "history\[0\]\.valLoss" is NaN, which would bec/,
      ],
      [[-Infinity], /its "\[0\]" is -Infinity/],
      [NaN, /the value is NaN/],
      [{ a: Float32Array.of(1) }, /its "a" is a typed array.*\[\.\.\.array\]/],
      [{ a: new Map() }, /its "a" is a Map or Set/],
      [[1, undefined], /its "\[1\]" is undefined in a list/],
      [{ a: 1n }, /its "a" is a BigInt/],
      [undefined, /the value is undefined/],
      [() => 1, /the value is a function, which JSON does not have/],
      [{ a: { show() {} } }, /its "a\.show" is a function/],
      [{ a: Symbol("s") }, /its "a" is a symbol/],
      [{ a: [new Date(0)] }, /its "a\[0\]" is of the kind Date.*toISOString/],
      [{ a: tf.ones([1]) }, /its "a" is of the kind Tensor.*tensor\.array/],
      [{ a: pl.DataFrame({ b: [1] }) }, /the kind DataFrame.*toRecords\(\)/],
      [{ a: pl.Series("b", [1]) }, /its "a" is no plain object.*toArray\(\)/],
      [Promise.resolve(1), /the value is of the kind Promise.*put await/],
      [{ a: new Error("E") }, /its "a" is of the kind Error/],
      [circle, /its "a\[0\]\.b" is one of those that hold it/],
    ];
    for (const [value, message] of others) {
      await assert.rejects(saveJson(path, value), {
        name: "TypeError",
        message,
      });
    }
    for (const wrong of [undefined, "", { path }]) {
      await assert.rejects(
        saveJson(wrong as string, kept),
        /it is no path of a file, as text/,
      );
    }
    assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), expected);
    assert.deepEqual([...Deno.readDirSync(folder)].length, 1);
  }));
