/**
 * What makes the course's machine elsewhere: Codespaces and dev containers,
 * Binder, GitHub's runners. Their files agree with the README and with each
 * other, and the commands in them leave a kernel that any Jupyter finds.
 */

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { PYTHONS } from "../../tools/python.ts";
import { capture, ROOT } from "../../tools/system.ts";
import { copyProject } from "./copy.ts";

const POST_BUILD = ".binder/postBuild";
const CONTAINER = ".devcontainer/devcontainer.json";
const WORKFLOW = ".github/workflows/test.yml";

const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);
/** JSON whose comments have lines of their own. */
const readJson = (path: string) =>
  JSON.parse(read(path).replace(/^\s*\/\/.*$/gm, ""));
const container = readJson(CONTAINER);
const workflow = read(WORKFLOW);

Deno.test("all places ask for the same version of Deno", () => {
  const places = ["README.md", ".ci/run", POST_BUILD, CONTAINER, WORKFLOW];
  places.push("tools/system.ts");
  const versions = places.flatMap((path) => {
    const found = [...read(path).matchAll(/\bdeno@([\w.^~-]+)/g)];
    assert.ok(found.length > 0, path);
    return found.map(([, version]) => version);
  });
  assert.deepEqual([...new Set(versions)], [versions[0]]);
  assert.match(versions[0], /^\d+\.\d+\.\d+$/);
});

Deno.test("runners have each Python that will do, the others one of these", () => {
  const runners = [...workflow.matchAll(/python: "3\.(\d+)"/g)]
    .map(([, minor]) => Number(minor));
  const { oldest, newest } = PYTHONS;
  for (let minor = oldest; minor <= newest; minor++) {
    assert.ok(runners.includes(minor), `3.${minor}`);
  }
  // Where it is not told, Binder takes a Python that is too old.
  const [, ofBinder] = read(".binder/runtime.txt").match(
    /^python-3\.(\d+)\n$/,
  )!;
  const [, ofContainer] = container.image.match(/python:\d+-3\.(\d+)-/);
  for (const minor of [...runners, Number(ofBinder), Number(ofContainer)]) {
    assert.ok(minor >= oldest && minor <= newest, `3.${minor}`);
  }
  const [, node] = read("README.md").match(/\bNode (\d+)/)!;
  assert.ok(workflow.includes(`node-version: "${node}"`), node);
});

Deno.test("a container has VS Code's extensions, and JupyterLab's port", () => {
  const { recommendations } = readJson(".vscode/extensions.json");
  assert.deepEqual(container.customizations.vscode.extensions, recommendations);
  assert.deepEqual(container.forwardPorts, [8888]);
});

Deno.test("VS Code's settings have no path of one system", () => {
  assert.doesNotMatch(read(".vscode/settings.json"), /[\\/](?:bin|Scripts)\b/);
});

/** Runs a program as a user of that home; what npm, pip and Deno have is kept. */
async function runAs(
  home: string,
  args: string[],
  { cwd, more = {} }: { cwd: string; more?: Record<string, string> },
) {
  const kept = Object.entries(Deno.env.toObject())
    .filter(([name]) => !/^(?:JUPYTER|XDG|npm)_/.test(name));
  const env = Object.fromEntries(kept);
  const { success, stdout, stderr } = await capture(args[0], args.slice(1), {
    cwd,
    clearEnv: true,
    env: {
      DENO_DIR: `${homedir()}/.cache/deno`,
      PIP_CACHE_DIR: `${homedir()}/.cache/pip`,
      PIP_CONFIG_FILE: `${homedir()}/.config/pip/pip.conf`,
      ...env,
      HOME: home,
      PATH: `${home}/npm/bin:${env.PATH}`,
      npm_config_cache: `${homedir()}/.npm`,
      npm_config_userconfig: `${homedir()}/.npmrc`,
      npm_config_prefix: `${home}/npm`,
      NO_COLOR: "1",
      ...more,
    },
  });
  assert.ok(success, `${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Where the kernel is that a notebook asks for, and what it prints. */
const ASK = `
import json
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import run_kernel
with open("notebooks/01_load.ipynb", encoding="utf-8") as file:
    name = json.load(file)["metadata"]["kernelspec"]["name"]
print(KernelSpecManager().get_kernel_spec(name).resource_dir)
with run_kernel(kernel_name=name, cwd="notebooks") as client:
    for code in ('import "../lib/mod.ts"; void 0', "console.log(6 * 7)"):
        client.execute_interactive(code, timeout=120)
`;

async function checkKernel(home: string, cwd: string) {
  // Not the one in .venv, where this Jupyter would look first.
  const more = { JUPYTER_PREFER_ENV_PATH: "0" };
  const args = [".venv/bin/python", "-c", ASK];
  const said = await runAs(home, args, { cwd, more });
  const [folder, ...output] = said.trim().split("\n");
  assert.ok(folder.startsWith(`${home}/.local/share/jupyter/`), said);
  assert.deepEqual(output, ["42"]);
}

const hasNpx = await capture("npx", ["--version"])
  .then(({ success }) => success, () => false);
// Both are Linux machines, whose Deno comes by npm.
const ignore = Deno.build.os !== "linux" || !hasNpx;
if (ignore) {
  console.error(
    "\nSKIPPED: the commands of Binder and of the dev container; they need " +
      "Linux and npx.\n",
  );
}

Deno.test({
  name: "commands of Binder and of the dev container make the kernel",
  ignore,
  async fn(test) {
    const folder = await Deno.makeTempDir();
    try {
      await copyProject(folder);
      await test.step("Binder, whose user's home is the project's folder", async () => {
        const command = `chmod +x ${POST_BUILD} && ./${POST_BUILD}`;
        await runAs(folder, ["bash", "-c", command], { cwd: folder });
        await checkKernel(folder, folder);
      });
      await test.step("a dev container, where it is set up already", async () => {
        const home = `${folder}/vscode`;
        await Deno.mkdir(home);
        const command = container.postCreateCommand as string;
        await runAs(home, ["bash", "-c", command], { cwd: folder });
        await checkKernel(home, folder);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
