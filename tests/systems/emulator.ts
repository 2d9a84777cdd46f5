/**
 * Deno for ARM64 under an emulator, with a copy of the project. Nothing of the
 * system is changed: what is fetched stays in `.systems/`, and only programs that
 * are started here know the emulator. Remove `.systems/` to fetch all anew.
 */

import { capture, ROOT } from "../../tools/system.ts";
import { copyProject } from "./copy.ts";
import { fetchDeno, install, keep, remove, SYSTEMS } from "./fetched.ts";

/** The project's copy. */
const COPY = `${SYSTEMS}course-arm64`;
/** The emulator (a release has one or the other), and the C library. */
const PACKAGES = [
  ...["qemu-user-static", "qemu-user"],
  ...["libc6-arm64-cross", "libgcc-s1-arm64-cross"],
];
const ARM64 = { os: "linux", arch: "arm64" } as const;

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
  const { code, stdout, stderr } = await capture(program, args, {
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  });
  return { code, said: stdout, problem: stderr };
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

/** A copy of the project as it is now; packages and Jupyter stay from before. */
async function makeCopy() {
  await Deno.mkdir(COPY, { recursive: true });
  for (const { name } of [...Deno.readDirSync(COPY)]) {
    if ([".venv", "node_modules"].includes(name)) continue;
    await remove(`${COPY}/${name}`);
  }
  await copyProject(COPY);
  const { os, arch } = ARM64;
  await install(["--frozen", "--quiet", "--os", os, "--arch", arch], COPY);
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
  const folder = await fetchDeno({ ...ARM64, deno: "@deno/linux-arm64-glibc" });
  await makeCopy();
  const enter = [
    ...["--user", "--map-root-user", "--mount", "sh"],
    ...[`${ROOT}tests/systems/emulated.sh`, emulator, `${folder}/deno`],
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
