/**
 * A Windows of sorts on Linux: Debian 13 in a folder of its own, Wine in it, and
 * in Wine Deno for Windows with a copy of this project, in a folder whose name
 * has a space and Hebrew letters.
 */

import { capture, outputOf, ROOT } from "../../tools/system.ts";
import { copyProject } from "./copy.ts";
import { fetchDeno, install, keep, remove, SYSTEMS } from "./fetched.ts";

/** Its Wine is the first in which Deno starts. */
const SUITE = "trixie";
/** Raised when Debian is made in another way. */
const RECIPE = 3;
const DEBIAN = `${SYSTEMS}windows`;

/** Where Wine keeps drive C:, as Debian sees it, and where in it we are. */
const PREFIX = "/wine";
const DRIVE = `${DEBIAN}${PREFIX}/drive_c`;
const FOLDER = "users/שלום עולם/my course";
/** The project's copy. */
export const COPY = `${DRIVE}/${FOLDER}`;

/** Mounts and processes of its own, which end with it however it ends. */
const ALONE = ["--mount", "--pid", "--fork", "--kill-child"];

function run(
  program: string,
  args: string[],
  options: Parameters<typeof outputOf>[2] = {},
) {
  return outputOf(program, args, { cwd: ROOT, stdin: "null", ...options });
}

/** The arguments of `unshare` for a shell in Debian. */
function inDebian(script: string, args: string[] = []): string[] {
  const mounts = `mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"`;
  const enter = `${mounts}; exec chroot "$0" sh -ec "$@"`;
  return [...ALONE, "sh", "-ec", enter, DEBIAN, script, "sh", ...args];
}

/** @throws {Error} that says what is missing here, and how to get it. */
async function checkSystem() {
  const cannot = (state: string) =>
    new Error(`Cannot try Windows on this machine: ${state}`);
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    throw cannot(
      `this is ${Deno.build.os} on ${Deno.build.arch}; take Linux on x86_64`,
    );
  }
  if (Deno.uid() !== 0) {
    throw cannot(
      "only root may make a Debian in a folder; run it as root, in a container " +
        "of its own if you like",
    );
  }
  for (
    const [program, from] of [["debootstrap"], ["unshare", "util-linux"], [
      "git",
    ]]
  ) {
    await capture(program, ["--version"])
      .catch(() => {
        throw cannot(
          `"${program}" is missing; sudo apt install ${from ?? program}`,
        );
      });
  }
}

/**
 * Makes Debian, Wine and Deno where they are not there yet, which takes a minute
 * or two and 3 GB, and copies the project anew.
 *
 * @throws {Error} that says what is missing.
 */
export async function prepare() {
  await checkSystem();
  await keep("windows", { version: `${SUITE} ${RECIPE}`, make: makeDebian });
  const deno = await fetchDeno({
    os: "win32",
    arch: "x64",
    deno: "@deno/win32-x64",
  });
  await Deno.copyFile(`${deno}/deno.exe`, `${DRIVE}/deno.exe`);
  await makeStandIn();
  await remove(COPY);
  await copyProject(COPY);
  // Wine cannot make the links between folders that "auto" wants.
  const config = JSON.parse(await Deno.readTextFile(`${COPY}/deno.json`));
  config.nodeModulesDir = "none";
  await Deno.writeTextFile(`${COPY}/deno.json`, JSON.stringify(config));
  // Fetched on Linux, by deno.lock's checksums, so that Wine needs no network.
  const windows = ["--frozen", "--quiet", "--os", "win32", "--arch", "x64"];
  await install(windows, COPY, { env: { DENO_DIR: `${DRIVE}/deno-dir` } });
}

async function makeDebian(folder: string) {
  // It finds the mirror and the proxy by itself, or in its environment.
  await run("debootstrap", ["--variant=minbase", SUITE, folder]);
  const packages =
    "wine64 wine python3 python3-venv gcc-mingw-w64-x86-64-win32";
  const install = `apt-get install --yes --no-install-recommends ${packages}`;
  await run("unshare", inDebian(`apt-get update; ${install}`), {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
  // Makes drive C:, and waits until Wine has written all of it down.
  const make = `${WINE_ENVIRONMENT} sh -ec '${WINE} wineboot --init; ` +
    `/usr/lib/wine/wineserver --wait'`;
  await run("unshare", inDebian(make));
}

/** No package registry has Windows' Python: Linux's runs in its place. */
async function makeStandIn() {
  const place = `${DEBIAN}/stand_in`;
  await Deno.mkdir(place, { recursive: true });
  for (const name of ["python.c", "python.py"]) {
    const source = `${ROOT}tests/systems/stand_in/${name}`;
    await Deno.copyFile(source, `${place}/${name}`);
  }
  await Deno.chmod(`${place}/python.py`, 0o755);
  const compile = "x86_64-w64-mingw32-gcc -O1 -o python.exe python.c";
  await run("unshare", inDebian(`cd /stand_in; ${compile}`));
  for (const name of ["py", "python"]) {
    await Deno.copyFile(`${place}/python.exe`, `${DRIVE}/windows/${name}.exe`);
  }
}

/** Wine, and the environment in which it runs: nothing of the caller's. */
const WINE = "/usr/lib/wine/wine64";
const WINE_ENVIRONMENT = `env --ignore-environment HOME=/root \
PATH=/usr/bin:/bin LANG=C.UTF-8 WINEPREFIX=${PREFIX} WINEDEBUG=-all NO_COLOR=1 \
DENO_DIR='C:\\deno-dir'`;

/** Runs Deno for Windows in the project's copy. */
export async function denoForWindows(
  args: string[],
  { seconds = 600 }: { seconds?: number } = {},
) {
  const words = [`${PREFIX}/drive_c/${FOLDER}`, "C:\\deno.exe", ...args];
  const script = `cd "$1"; shift; exec ${WINE_ENVIRONMENT} ${WINE} "$@"`;
  const { code, stdout, stderr } = await capture(
    "timeout",
    ["--signal=KILL", `${seconds}`, "unshare", ...inDebian(script, words)],
    { stdin: "null" },
  );
  return { code, output: stdout + stderr };
}
