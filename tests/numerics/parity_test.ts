import { readFixture } from "../fixture.ts";
import { testParity } from "./test_parity.ts";

const networks = [
  ...await readFixture("autoencoder"),
  ...await readFixture("others"),
];

for (const backend of ["cpu", "wasm-threads"] as const) {
  for (const network of networks) testParity(network, { backend });
}
