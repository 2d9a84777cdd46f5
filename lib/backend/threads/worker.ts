/**
 * The program of a worker. `deno task wasm` bundles it into embedded.ts, since a
 * published package may have no file beside it.
 */

import { inThisSystem } from "./worker_system.ts";
import { serve } from "./serve.ts";

inThisSystem((start, place) => serve(start, place));
