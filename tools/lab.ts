/** Opens the notebooks in JupyterLab, on this machine only: `deno task lab`. */

import { BIN, run, setUp } from "./setup.ts";

await setUp();
await run(`${BIN}/jupyter`, [
  "lab",
  "--ServerApp.ip=127.0.0.1",
  "--notebook-dir=.",
  "--LabApp.news_url=None", // asks no other host
  "--LabApp.default_url=/lab/tree/notebooks/01_load.ipynb",
  ...Deno.args,
], { JUPYTER_PREFER_ENV_PATH: "1" });
