import assert from "node:assert/strict";
import { Race } from "../../../lib/backend/threads/race.ts";

function busy(ms: number) {
  for (const end = performance.now() + ms; performance.now() < end;);
}

for (const faster of [0, 1] as const) {
  Deno.test(`way ${faster} wins when it is the faster one`, () => {
    const race = new Race();
    const ways: number[] = [];
    for (let i = 0; i < 40; i++) {
      const result = race.run(1, (way) => {
        ways.push(way);
        busy(way === faster ? 0.2 : 1);
        return i;
      });
      assert.equal(result, i);
    }
    assert.deepEqual(ways.slice(0, 4), [0, 1, 0, 1]);
    assert.deepEqual(new Set(ways.slice(-10)), new Set([faster]));
  });
}

Deno.test("ways are compared by time an amount of work", () => {
  const race = new Race();
  for (let i = 0; i < 24; i++) {
    race.run(i % 2 ? 10 : 1, () => busy(i % 2 ? 1 : 0.3));
  }
  assert.equal(race.winner, 1);
});
