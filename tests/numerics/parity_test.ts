import { readFixtures } from "../fixture.ts";
import { testParity } from "./test_parity.ts";

const networks = await readFixtures();

for (const backend of ["cpu", "wasm-threads"] as const) {
  for (const network of networks) testParity(network, { backend });
}
