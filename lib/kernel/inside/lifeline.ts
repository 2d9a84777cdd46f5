/**
 * A thread of Deno's kernel that ends it when the relay's end of a connection is
 * gone: a kernel that computes for ever would hear of nothing else.
 */

import { workerData } from "node:worker_threads";

try {
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: workerData as number,
  });
  while (await connection.read(new Uint8Array(1)) !== null);
} finally {
  Deno.kill(Deno.pid, "SIGKILL");
}
