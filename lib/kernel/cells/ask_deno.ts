/** Asks Deno's other commands, such as `deno info`. */

// Taken here, since a cell may give a meaning of its own to these names.
const { AbortSignal, TextDecoder } = globalThis;
/** Where cells import from, whatever folder a cell goes to. */
const cwd = Deno.cwd();

/** What `deno` says to these arguments, without colours; `within` so many ms. */
export async function askDeno(
  args: string[],
  { within }: { within?: number } = {},
) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    signal: within === undefined ? undefined : AbortSignal.timeout(within),
  }).output();
  const [said, problem] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { success, said, problem };
}
