import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { inFolder } from "../in_folder.ts";
import { isTaken, type Json, saved, write } from "../training/saved_state.ts";

await useBackend();

/** Every place in a value: the list of keys that lead to it. */
function placesIn(value: Json): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [
    [],
    ...Object.keys(value).flatMap((key) =>
      placesIn(value[key]).map((rest) => [key, ...rest])
    ),
  ];
}

const NOTHING = Symbol("nothing");
const HOSTILE = [
  ...[NOTHING, null, true, -1, 0.5, 2 ** 53, 1e300, "string", "__proto__"],
  ...["NaN", "int32", [], {}, [-1], [2 ** 31, 2 ** 31], [null]],
];

/** And what looks much like the right value. */
function hostileTo(value: Json): Json[] {
  return typeof value === "number"
    ? [...HOSTILE, value + 1, String(value)]
    : HOSTILE;
}

/** What may differ, since nobody can know it: times, losses and names. */
function mayBe(place: string, value: Json): boolean {
  const isNumber = Number.isFinite(value);
  if (/^state\.sums\.0$|^state\.history\.\d+\.loss$/.test(place)) {
    return isNumber;
  }
  if (place === "state.sums") return value?.length === 2 && value[0] > 1; // two
  // Those may be no finite number, which JSON has as a word.
  if (/^state\.sums\.\d+$|\.(valLoss|mae|valMae)$/.test(place)) {
    return isNumber || value === "NaN";
  }
  if (/^state\.curve\.\d+\.[01]$/.test(place)) return isNumber;
  if (/^state\.curve\.\d+$/.test(place)) return value?.[1] > 1; // two numbers
  // The other of the two is still the rate of the model.
  if (/^state\.rates\.\d$/.test(place)) return isNumber;
  if (/seconds$/.test(place)) return isNumber && value >= 0;
  return /^tensors\.\d+\.name$/.test(place) && typeof value === "string";
}

Deno.test("no hostile value anywhere in a header is taken", () =>
  inFolder(async (folder) => {
    const state = await saved("Adam", folder);
    const { path, header, payload } = state;
    let tried = 0;
    for (const keys of placesIn(header)) {
      const value = keys.reduce((value, key) => value[key], header);
      for (const hostile of hostileTo(value)) {
        const root: Json = { header: structuredClone(header) };
        const all = ["header", ...keys];
        const last = all.pop()!;
        const parent = all.reduce((value, key) => value[key], root);
        const before = JSON.stringify(parent[last]);
        if (hostile === NOTHING) delete parent[last];
        else parent[last] = hostile;
        if (JSON.stringify(parent[last]) === before) continue;
        await write(path, JSON.stringify(root.header) ?? "", payload);
        const place = keys.join(".");
        const taken = await isTaken(state, "Adam");
        const what = `${place}: ${String(hostile)}`;
        assert.equal(taken, mayBe(place, hostile), what);
        tried++;
      }
    }
    assert.ok(tried > 500, `${tried}`);
    await write(path, JSON.stringify(header), payload);
    assert.ok(await isTaken(state, "Adam"));
  }));
