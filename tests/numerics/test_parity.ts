import { type BackendName, useBackend } from "../../lib/backend/mod.ts";
import type { Network } from "../fixture.ts";
import { checkParity } from "./parity.ts";

/** Registers a test that the network on this backend computes what Keras does. */
export function testParity(
  network: Network,
  { backend, ignore = false }: { backend: BackendName; ignore?: boolean },
) {
  const name = `${backend}: ${network.name} equals Keras`;
  Deno.test(name, { ignore }, async (test) => {
    await useBackend(backend);
    await checkParity(network, (name, check) => test.step(name, check));
  });
}
