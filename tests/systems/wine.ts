/**
 * A Windows of sorts on Linux: Debian 13 in a folder of its own, Wine in it, and
 * in Wine Deno for Windows with a copy of this project, in a folder whose name
 * has a space and Hebrew letters.
 */

import { homedir } from "node:os";
import { dirname } from "node:path";
import { ROOT } from "../../tools/system.ts";

/** Raised when what is made below is made in another way: then it is made anew. */
const RECIPE = 1;
const SUITE = "trixie";

/** Outside of the project, so that no tool of it walks through a Debian. */
const PLACE = `${
  Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`
}/deno-course-windows`;
const DEBIAN = `${PLACE}/debian`;
/** Drive C:, as Debian sees it and as we do. */
const PREFIX = "/wine";
const DRIVE = `${DEBIAN}${PREFIX}/drive_c`;
const FOLDER = "users/שלום עולם/my course";
/** The project's copy. */
export const COPY = `${DRIVE}/${FOLDER}`;
const STAMP = `${PLACE}/made.json`;

/** Mounts and processes of its own, which end with it however it ends. */
const ALONE = ["--mount", "--pid", "--fork", "--kill-child"];

async function run(
  program: string,
  args: string[],
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
) {
  const { code, stderr, stdout } = await new Deno.Command(program, {
    args,
    cwd,
    env,
    stdin: "null",
  }).output();
  const [said, problem] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (code === 0) return said;
  const last = `${said}\n${problem}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`Cannot run "${program} ${args[0]}":\n${last}`);
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
  for (const [program, from] of [["debootstrap"], ["unshare", "util-linux"]]) {
    await new Deno.Command(program, { args: ["--version"] }).output()
      .catch(() => {
        throw cannot(
          `"${program}" is missing; sudo apt install ${from ?? program}`,
        );
      });
  }
}

/**
 * Makes Debian, Wine and Deno where they are not there yet, which takes one or
 * two minutes and 2 GB, and copies the project anew.
 *
 * @throws {Error} that says what is missing.
 */
export async function prepare() {
  await checkSystem();
  const wanted = JSON.stringify({ RECIPE, SUITE });
  if (await Deno.readTextFile(STAMP).catch(() => "") !== wanted) {
    console.log(`Making ${PLACE}: Debian and Wine (a minute or two) …`);
    await Deno.remove(PLACE, { recursive: true }).catch(() => {});
    await Deno.mkdir(PLACE, { recursive: true });
    // It finds the mirror and the proxy by itself, or in its environment.
    await run("debootstrap", [
      ...["--variant=minbase", "--include=ca-certificates", SUITE, DEBIAN],
      ...Deno.env.get("DEBIAN_MIRROR") ? [Deno.env.get("DEBIAN_MIRROR")!] : [],
    ]);
    const install = "apt-get install --yes --no-install-recommends wine64 wine";
    await run("unshare", inDebian(`apt-get update; ${install}`), {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    // Makes drive C:.
    await run("unshare", inDebian(WINE, ["/", "cmd", "/c", "ver"]));
    await Deno.writeTextFile(STAMP, wanted); // last: what is half made is not used
  }
  await copyProject();
  await fetchPackages();
}

/** All that git knows of, or would if it were added. */
async function copyProject() {
  await Deno.remove(COPY, { recursive: true }).catch(() => {});
  const listed = await run("git", [
    ...["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  ]);
  for (const name of listed.split("\0").filter(Boolean)) {
    await Deno.mkdir(dirname(`${COPY}/${name}`), { recursive: true });
    await Deno.copyFile(`${ROOT}${name}`, `${COPY}/${name}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // removed
    });
  }
  // Wine cannot make the links between folders that "auto" wants.
  const config = JSON.parse(await Deno.readTextFile(`${COPY}/deno.json`));
  config.nodeModulesDir = "none";
  await Deno.writeTextFile(`${COPY}/deno.json`, JSON.stringify(config));
}

/**
 * Fetches on Linux what Windows needs, so that Wine needs no network: Deno checks
 * each package by its checksum, those of the project by deno.lock's.
 */
async function fetchPackages() {
  const { deno } = Deno.version;
  const env = { DENO_DIR: `${DRIVE}/deno-dir` };
  const install = ["install", "--quiet", "--os", "win32", "--arch", "x64"];
  await run(Deno.execPath(), [...install, "--frozen"], { cwd: COPY, env });
  const name = `@deno/win32-x64@${deno}`;
  const args = [...install, "--entrypoint", `npm:${name}`];
  await run(Deno.execPath(), args, { cwd: PLACE, env });
  for await (const registry of Deno.readDir(`${env.DENO_DIR}/npm`)) {
    const path = `${env.DENO_DIR}/npm/${registry.name}/${
      name.replace(/@(?=\d)/, "/")
    }/deno.exe`;
    const there = await Deno.stat(path).catch(() => undefined);
    if (there) return await Deno.copyFile(path, `${DRIVE}/deno.exe`);
  }
  throw new Deno.errors.NotFound(
    `Cannot find "deno.exe": Deno has not put it into ${env.DENO_DIR}; ` +
      `delete ${PLACE}, and run this again`,
  );
}

/** What the shell in Debian does: its first word is the folder to start in. */
const WINE = `cd "$1"; shift; exec env --ignore-environment HOME=/root \
PATH=/usr/bin:/bin LANG=C.UTF-8 WINEPREFIX=${PREFIX} WINEDEBUG=-all NO_COLOR=1 \
DENO_DIR='C:\\deno-dir' /usr/lib/wine/wine64 "$@"`;

/** Runs Deno for Windows in the project's copy. */
export async function denoForWindows(
  args: string[],
  { seconds = 600 }: { seconds?: number } = {},
) {
  const words = [`${PREFIX}/drive_c/${FOLDER}`, "C:\\deno.exe", ...args];
  const child = new Deno.Command("unshare", {
    args: inDebian(WINE, words),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: decode(stdout) + decode(stderr) };
}
