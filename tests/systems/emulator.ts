/**
 * Deno for ARM64 under an emulator, with a copy of the project. Nothing of the
 * system is changed: what is fetched stays in `.systems/`, and only programs that
 * are started here know the emulator. Remove `.systems/` to fetch all anew.
 */

import { ROOT } from "../../tools/system.ts";
import { copyProject } from "./copy.ts";

const SYSTEMS = `${ROOT}.systems/`;
/** The project's copy. */
const COPY = `${SYSTEMS}course-arm64`;
/** The emulator, of which a release has one or the other, and the C library. */
const PACKAGES = [
  ...["qemu-user-static", "qemu-user"],
  ...["libc6-arm64-cross", "libgcc-s1-arm64-cross"],
];
/** Of npm's packages those for ARM64. */
const INSTALL = ["install", "--quiet", "--os", "linux", "--arch", "arm64"];
const DENO = "@deno/linux-arm64-glibc";

/** A program that was run to its end. */
export interface Heard {
  code: number;
  said: string;
  problem: string;
}

/** Runs a program and hears it. */
export async function hear(
  program: string,
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Heard> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: decode(stdout), problem: decode(stderr) };
}

/** Runs what must succeed in a folder of `.systems/`; `remedy` is the way out. */
async function need(
  [program, ...args]: string[],
  { cwd, remedy }: { cwd: string; remedy: string },
) {
  const { code, said, problem } = await hear(program, args, { cwd })
    .catch((error) => ({ code: 1, said: "", problem: String(error) }));
  if (code === 0) return;
  throw new Error(
    `Cannot run "${program} ${args.join(" ")}": ${said}${problem.trim()}; ` +
      remedy,
  );
}

/**
 * A folder of `.systems/` that `make` fills, once for each `version`. Its stamp
 * is written last: what is half made is made anew.
 */
async function keep(
  name: string,
  { version, make }: {
    version: string;
    make: (folder: string) => Promise<void>;
  },
): Promise<string> {
  const folder = `${SYSTEMS}${name}`;
  const stamp = `${folder}/made`;
  if (await Deno.readTextFile(stamp).catch(() => "") !== version) {
    console.log(`Making .systems/${name} …`);
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    await make(folder);
    await Deno.writeTextFile(stamp, version);
  }
  return folder;
}

/** Fetches Debian's packages and unpacks them, without installing any. */
async function fetchEmulator(cwd: string) {
  const remedy = 'on Debian and Ubuntu run "sudo apt-get update" and try ' +
    "again; elsewhere take a container of one of them";
  // Else root is warned that another user cannot write here.
  const download = ["-qq", "-o", "APT::Sandbox::User=root", "download"];
  for (const name of PACKAGES) {
    await need(["apt-get", ...download, name], { cwd, remedy });
  }
  for (const { name } of [...Deno.readDirSync(cwd)]) {
    await need(["dpkg-deb", "--extract", name, "."], { cwd, remedy });
    await Deno.remove(`${cwd}/${name}`);
  }
  // Emulators of other processors are half a gigabyte.
  for (const { name } of [...Deno.readDirSync(`${cwd}/usr/bin`)]) {
    if (/^qemu-aarch64(-static)?$/.test(name)) continue;
    await Deno.remove(`${cwd}/usr/bin/${name}`);
  }
}

/** Fetches Deno for ARM64, in the version that runs this. */
async function fetchDeno(cwd: string) {
  const imports = { deno: `npm:${DENO}@${Deno.version.deno}` };
  const config = JSON.stringify({ nodeModulesDir: "auto", imports });
  await Deno.writeTextFile(`${cwd}/deno.json`, config);
  const remedy = "is there a network?";
  await need([Deno.execPath(), ...INSTALL], { cwd, remedy });
}

/** A copy of the project as it is now; packages and Jupyter stay from before. */
async function makeCopy() {
  await Deno.mkdir(COPY, { recursive: true });
  for (const { name } of [...Deno.readDirSync(COPY)]) {
    if ([".venv", "node_modules"].includes(name)) continue;
    await Deno.remove(`${COPY}/${name}`, { recursive: true });
  }
  await copyProject(COPY);
  const remedy = "is there a network?";
  await need([Deno.execPath(), ...INSTALL, "--frozen"], { cwd: COPY, remedy });
}

/**
 * Makes all that is needed, and returns what runs ARM64's Deno in the copy.
 *
 * @throws {Error} that says what is missing, and the way out.
 */
export async function prepare(): Promise<(args: string[]) => Promise<Heard>> {
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") {
    throw new Deno.errors.NotSupported(
      `Cannot emulate ARM64 on "${os} ${arch}": take Linux on x86-64; where ` +
        `the processor is ARM64 itself, run "deno task test"`,
    );
  }
  const emulator = await keep("emulator", {
    version: PACKAGES.join(" "),
    make: fetchEmulator,
  });
  const folder = await keep("deno-arm64", {
    version: Deno.version.deno,
    make: fetchDeno,
  });
  await makeCopy();
  // Deno is where links lead, so that it finds itself.
  const deno = await Deno.realPath(`${folder}/node_modules/${DENO}/deno`);
  const enter = [
    ...["--user", "--map-root-user", "--mount", "sh"],
    ...[`${ROOT}tests/systems/emulated.sh`, emulator, deno],
  ];
  // What Deno keeps of compiled code is not for this processor.
  const env = { DENO_DIR: `${SYSTEMS}cache-arm64` };
  const run = (args: string[]) =>
    hear("unshare", [...enter, ...args], { cwd: COPY, env });
  const { said, problem } = await run(["--version"])
    .catch((error) => ({ said: "", problem: String(error) }));
  if (/aarch64/.test(said)) return run;
  throw new Error(
    `Cannot run Deno for ARM64: ${said}${problem.trim()}; Linux 6.7 or later ` +
      `is needed, and where only root may make namespaces, be root`,
  );
}
