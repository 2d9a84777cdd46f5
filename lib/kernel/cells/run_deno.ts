/** Runs Deno's other commands, such as `deno info`. */

// Kept from before any cell runs, since a cell may declare these names itself.
const { AbortSignal, TextDecoder } = globalThis;
/** The folder that imports of cells start from, even if a cell changes the folder. */
const cwd = Deno.cwd();

/** Runs `deno` with these arguments, without colours; `within` is a limit in ms. */
export async function runDeno(
  args: string[],
  { within }: { within?: number } = {},
) {
  const output = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    signal: within === undefined ? undefined : AbortSignal.timeout(within),
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    success: output.success,
    stdout: decode(output.stdout),
    stderr: decode(output.stderr),
  };
}
