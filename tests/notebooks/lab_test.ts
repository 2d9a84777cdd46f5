/** `deno task lab` is for somebody at this machine who has the token. */

import assert from "node:assert/strict";
import { HAS_TERMINAL, type Lab, startLab, until } from "./lab.ts";

const ignore = !HAS_TERMINAL;

async function asking({ url }: Lab, path: string, init?: RequestInit) {
  const answer = await fetch(`${url}${path}`, init);
  await answer.body?.cancel();
  return answer.status;
}

Deno.test("the lab and its kernels listen on loopback, and ask for the token", {
  ignore,
}, async () => {
  await using lab = await startLab();
  assert.match(lab.token, /^[0-9a-f]{48}$/);
  for (const path of ["/api/kernels", "/api/contents/README.md"]) {
    assert.equal(await asking(lab, path), 403);
    assert.equal(await asking(lab, `${path}?token=${"0".repeat(48)}`), 403);
    assert.equal(await asking(lab, `${path}?token=${lab.token}`), 200);
  }
  const started = await asking(lab, `/api/kernels?token=${lab.token}`, {
    method: "POST",
    body: JSON.stringify({ name: "deno-course" }),
  });
  assert.equal(started, 201);
  const addresses = await until("server and kernel listen", async () => {
    const all = await lab.addresses();
    return all.length > 5 && all; // a kernel has five
  });
  assert.deepEqual([...new Set(addresses)], ["127.0.0.1"]);
});

Deno.test(
  "Ctrl-C ends the lab, and the kernels that it runs",
  { ignore },
  async () => {
    await using lab = await startLab();
    await asking(lab, `/api/kernels?token=${lab.token}`, {
      method: "POST",
      body: JSON.stringify({ name: "deno-course" }),
    });
    const [kernel] = await until("a kernel runs", async () => {
      const all = await lab.kernels();
      return all.length > 0 && all;
    });
    await lab.end();
    await assert.rejects(fetch(lab.url));
    assert.throws(() => Deno.kill(kernel, "SIGCONT"), Deno.errors.NotFound);
  },
);
