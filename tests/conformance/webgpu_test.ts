/** The tutorial's network on WebGPU; a software adapter will do for that. */

import { findAdapter } from "../../lib/backend/webgpu.ts";
import { readFixture } from "../fixture.ts";
import { testParity } from "../parity.ts";

const hasWebGpu = await findAdapter({ software: true }) !== undefined;
if (!hasWebGpu) {
  console.error("\nSKIPPED: no WebGPU adapter, so webgpu is NOT tested.\n");
}

const [network] = await readFixture("autoencoder");
testParity(network, { backend: "webgpu", ignore: !hasWebGpu });
