import assert from "node:assert/strict";
import { type Sound, soundPlayers } from "../../lib/drawing/sound_players.ts";

const clean = Float32Array.of(0, 0.1, -0.1, 0.1);
const noisy = Float32Array.of(0, 0.2, -0.4, 0.1);
const sounds = [
  { label: "clean", samples: clean },
  { label: "noisy & <loud>", samples: noisy },
];
const options = { rate: 8_000, caption: "A < B." };

/** The samples of each player, read back from its address. */
function samplesIn(html: string): number[][] {
  return [...html.matchAll(/<audio [^>]*src="data:audio\/wav;base64,([^"]+)"/g)]
    .map(([, data]) => Uint8Array.fromBase64(data).buffer)
    .map((buffer) => [...new Int16Array(buffer, 44)]);
}

Deno.test("each sound has a player and a label, below them stands the caption", () => {
  const { html, text } = soundPlayers(sounds, options);
  assert.equal(html.match(/<audio controls /g)?.length, 2);
  assert.ok(html.includes(">noisy &amp; &lt;loud&gt;</span>"));
  assert.ok(html.includes('aria-label="noisy &amp; &lt;loud&gt;"'));
  assert.ok(html.endsWith("<figcaption>A &lt; B.</figcaption></figure>"));
  assert.equal(
    text,
    "A < B.\nPlayers of 0.0 s each: clean, noisy & <loud>.",
  );
});

Deno.test("all sounds are scaled alike, so that the loudest one just fits", () => {
  const [first, second] = samplesIn(soundPlayers(sounds, options).html);
  const most = 29_490, quarter = 7_373;
  assert.deepEqual(second, [0, 14_745, -most, quarter]);
  assert.deepEqual(first, [0, quarter, -quarter, quarter]);
});

Deno.test("silence is not scaled", () => {
  const silence = [{ label: "silence", samples: new Float32Array(3) }];
  assert.deepEqual(samplesIn(soundPlayers(silence, options).html), [[0, 0, 0]]);
});

Deno.test("what cannot be played is refused", () => {
  const long = new Float32Array(500_001);
  const refused: [unknown, unknown, RegExp][] = [
    [[], options, /^Cannot play "Array": give a list of sounds/],
    [clean, options, /^Cannot play/],
    [[clean], options, /^Cannot play/],
    [[{ label: "a" }], options, /play in "a" "undefined": the samples/],
    [[{ label: "a", samples: long }], options, /"500001" samples in one/],
    [[{ ...sounds[0], rate: 1 }], options, /"rate": a sound of soundPlayers/],
    [sounds, { rate: -1 }, /Cannot play with rate "-1"/],
    [sounds, { ...options, alt: "A" }, /"alt": soundPlayers has no such/],
    [sounds, { ...options, caption: "" }, /with caption/],
  ];
  for (const [given, chosen, message] of refused) {
    assert.throws(
      () => soundPlayers(given as Sound[], chosen as typeof options),
      { message },
    );
  }
});
