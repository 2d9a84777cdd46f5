/** Whether a reader who sees colours differently tells the three kinds apart. */

import assert from "node:assert/strict";
import {
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
} from "culori";
import { COLOURS, STYLE } from "../../lib/drawing/figures.ts";

/** Above 10 two colours are told apart at a glance (CIEDE2000). */
const LEAST = 10;
const difference = differenceCiede2000();

Deno.test("clean, noisy and denoised differ for each kind of colour vision", () => {
  const { clean, noisy, denoised } = COLOURS;
  const [, lighter] = STYLE.match(/{ fill: (#\w+); }/)!;
  const same = <Colour>(colour: Colour) => colour;
  for (const blue of [clean, lighter]) {
    for (
      const seen of [
        same,
        filterDeficiencyProt(1),
        filterDeficiencyDeuter(1),
        filterDeficiencyTrit(1),
      ]
    ) {
      const pairs = [[blue, noisy], [blue, denoised], [noisy, denoised]];
      for (const [one, other] of pairs) {
        const distance = difference(seen(one), seen(other));
        assert.ok(distance > LEAST, `${one}, ${other}: ${distance}`);
      }
    }
  }
});
