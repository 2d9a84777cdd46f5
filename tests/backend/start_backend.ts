/** Starts the backend of threads with what a test changes of it. */

import { registerBackend } from "@tensorflow/tfjs-core";
import {
  BACKEND,
  type BackendOptions,
  WasmBackend,
} from "../../lib/backend/backend.ts";

/**
 * Starts a backend with `options` and registers it. A later useBackend() finds it, and
 * keeps its options when it changes the number of threads.
 */
export async function startBackend(
  options: BackendOptions,
  threads = 2,
): Promise<WasmBackend> {
  const backend = await WasmBackend.start(threads, options);
  registerBackend(BACKEND, () => backend);
  return backend;
}

type OnJob = NonNullable<BackendOptions["onJob"]>;

/**
 * Starts a backend and returns a function that runs `use` and meanwhile calls `onJob`
 * before each job; if `onJob` throws, the job fails with that error.
 */
export async function startObservedBackend() {
  let current: OnJob | undefined;
  await startBackend({ onJob: (task) => current?.(task) });
  return async <T>(use: () => T | Promise<T>, onJob: OnJob): Promise<T> => {
    current = onJob;
    try {
      return await use();
    } finally {
      current = undefined;
    }
  };
}
