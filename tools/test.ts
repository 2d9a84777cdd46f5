/** Everything that CI runs, set-up included: `deno task test`. */

import { run, setUp } from "./setup.ts";

const deno = Deno.execPath();
await setUp();
await run(deno, ["run", "-A", "tools/check.ts"]);
await run(deno, ["test", "-A", "tests/conformance", "tests/notebooks"]);
