/** Opens the notebooks in JupyterLab, on this machine only: `deno task lab`. */

import { setUp } from "./setup.ts";
import { ROOT, run, venvPython } from "./system.ts";
import { runTask } from "./task.ts";

/** Without this plugin no other host is asked for news, nor the student. */
const NEWS = "@jupyterlab/apputils-extension:announcements";

/**
 * Python that runs JupyterLab and ends when it has shut down. If Ctrl-C met a
 * request that was under way, a thread of Jupyter's would wait for its next task for
 * ever, and Python's own exit would wait for that thread.
 */
const START = `
import os, sys
from jupyterlab.labapp import main
main()
sys.stdout.flush()
os._exit(0)
`;

await runTask(async () => {
  await setUp();
  const folder = `${ROOT}.venv/etc/jupyter/labconfig`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/page_config.json`,
    JSON.stringify({ disabledExtensions: { [NEWS]: true } }),
  );
  const args = [
    "--ServerApp.ip=127.0.0.1",
    "--notebook-dir=.",
    // Ctrl-C ends it and its kernels; Jupyter's question would come too late.
    "--ServerApp.answer_yes=True",
    "--LabApp.default_url=/lab/tree/notebooks/01_load.ipynb",
    // In a container users often are root, which Jupyter allows only with this option.
    ...Deno.uid() === 0 ? ["--allow-root"] : [],
    ...Deno.args.filter((arg) => arg !== "--"),
  ];
  const env = { JUPYTER_PREFER_ENV_PATH: "1" };
  await run(venvPython(), ["-c", START, ...args], { env });
});
