/**
 * Runs the project on ARM64, as on a Mac with Apple's processor, under an
 * emulator: `deno task test:arm64 [NAME…]`, where names choose steps. It needs
 * Debian or Ubuntu on x86-64, Linux 6.7 or later and git, but not root. What it
 * fetches stays in `.systems/`. Its times say nothing of a real machine.
 */

import { ROOT } from "../../tools/system.ts";
import { copyProject, fetchDeno, keep, type System } from "./fetched.ts";

const ARM64: System = {
  os: "linux",
  arch: "arm64",
  deno: "@deno/linux-arm64-glibc",
};
/** The emulator, of which a release has one or the other, and the C library. */
const PACKAGES = [
  ...["qemu-user-static", "qemu-user"],
  ...["libc6-arm64-cross", "libgcc-s1-arm64-cross"],
];
/** Tests, a step each; those of the backend first. */
const TESTS = [
  ...["kernels", "network", "layers", "gradients", "pool", "memory", "race"]
    .map((name) => `backend/${name}`),
  ...["adam", "alone", "flags"].map((name) => `backend/${name}`),
  ...["mnist", "noise", "random", "checkpoint", "training_state", "train"],
  "tools/flags",
];
/** Random cases of all kernels together; 10,000 would take hours. */
const CASES = 400;

/** What is run on ARM64. */
const STEPS: Record<string, string[]> = {
  bits: ["run", "-A", "--no-check", "tests/systems/bits.ts"],
  steps: ["run", "-A", "--no-check", "tests/backend/three_steps.ts"],
  training: ["run", "-A", "--no-check", "tests/faults/small_problem.ts"],
  ...Object.fromEntries(TESTS.map((name) => [
    name,
    ["test", "-A", "--no-check", `tests/${name}_test.ts`],
  ])),
  property: [
    ...["test", "-A", "--no-check", "tests/backend/property_test.ts"],
    ...["--", `${CASES}`],
  ],
  course: ["run", "-A", "tools/course.ts", "--quick", "01", "02", "04"],
};
/** These are run on this processor too, and must print the same. */
const COMPARED = ["bits", "steps", "training"];

function checkHost() {
  const { os, arch } = Deno.build;
  if (os === "linux" && arch === "x86_64") return;
  throw new Deno.errors.NotSupported(
    `Cannot emulate ARM64 on "${os} ${arch}": it is done on Linux and x86-64; ` +
      `on ARM64 itself run "deno task test"`,
  );
}

/** Fetches the packages and unpacks them, without installing any. */
async function fetchEmulator(folder: string) {
  const inFolder = { cwd: folder };
  // Without the option root is warned that another user cannot write here.
  const download = ["-qq", "-o", "APT::Sandbox::User=root", "download"];
  for (const name of PACKAGES) {
    await need("apt-get", [...download, name], inFolder);
  }
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (!name.endsWith(".deb")) continue;
    await need("dpkg-deb", ["--extract", name, "."], inFolder);
    await Deno.remove(`${folder}/${name}`);
  }
  // Emulators of other processors are half a gigabyte.
  for (const { name } of [...Deno.readDirSync(`${folder}/usr/bin`)]) {
    if (/^qemu-aarch64(-static)?$/.test(name)) continue;
    await Deno.remove(`${folder}/usr/bin/${name}`);
  }
}

async function need(program: string, args: string[], { cwd }: { cwd: string }) {
  const result = await new Deno.Command(program, { args, cwd })
    .output().catch((error) => String(error));
  if (typeof result !== "string" && result.success) return;
  const reason = typeof result === "string" ? result : decode(result.stderr);
  throw new Error(
    `Cannot fetch the emulator with "${program} ${args.join(" ")}": ` +
      `${reason.trim()}; on Debian or Ubuntu run "sudo apt-get update" first, ` +
      `elsewhere take a container of one of them`,
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Runs a program and hears it. */
async function hear(
  [program, ...args]: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", ...env },
  }).output();
  return { success, said: decode(stdout), problem: decode(stderr) };
}

/** Lines of one that the other has not. */
function difference(there: string, here: string): string {
  const known = new Set(here.split("\n"));
  return there.split("\n").filter((line) => !known.has(line)).join("\n");
}

checkHost();
const unknown = Deno.args.find((name) => !(name in STEPS));
if (unknown) {
  throw new RangeError(
    `Cannot run "${unknown}": steps are ${Object.keys(STEPS).join(", ")}`,
  );
}
const emulator = await keep("arm64", {
  version: PACKAGES.join(" "),
  make: fetchEmulator,
});
const deno = `${await fetchDeno(ARM64)}/deno`;
const cwd = await copyProject(ARM64);
// Deno keeps compiled code; that of this processor stays out of it.
const env = { DENO_DIR: `${ROOT}.systems/cache-arm64` };
const emulated = [
  ...["unshare", "--user", "--map-root-user", "--mount"],
  ...["sh", `${ROOT}tests/systems/emulated.sh`, emulator, deno],
];
const first = await hear([...emulated, "--version"], { cwd, env });
if (!/aarch64/.test(first.said)) {
  throw new Error(
    `Cannot run ARM64's Deno: ${first.said}${first.problem.trim()}; this needs ` +
      `Linux 6.7 or later; where only root may make namespaces, run it as root`,
  );
}
console.log(first.said.split("\n")[0]);

let failures = 0;
for (const [name, args] of Object.entries(STEPS)) {
  if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
  const start = performance.now();
  const { success, said, problem } = await hear([...emulated, ...args], {
    cwd,
    env,
  });
  let wrong = success ? "" : said + problem;
  if (success && COMPARED.includes(name)) {
    const here = await hear([Deno.execPath(), ...args], { cwd: ROOT });
    wrong = here.success ? difference(said, here.said) : here.problem;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${wrong ? "FAILED" : "passed"}  ${name}  ${seconds} s`);
  if (wrong) {
    console.log(wrong);
    failures++;
  }
}
if (failures > 0) {
  console.error(`On ARM64 ${failures} steps failed.`);
  Deno.exit(1);
}
