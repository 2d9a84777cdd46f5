/** How each task begins, and how it ends where something is in the way. */

import { noteLock } from "./lock.ts";
import { checkDeno } from "./system.ts";

/** Runs the main part of a task; an error ends it with its message alone. */
export async function runTask(main: () => Promise<void>) {
  try {
    checkDeno();
    await noteLock();
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
