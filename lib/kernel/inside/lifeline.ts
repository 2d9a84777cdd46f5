/**
 * A thread of Deno's kernel that ends the kernel when its connection to the relay
 * breaks: a kernel in an endless loop would notice nothing else.
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
