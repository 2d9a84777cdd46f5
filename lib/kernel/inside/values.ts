/**
 * How Deno's kernel shows the last value of a cell, and what it says of one that
 * was thrown, where its own way shows nothing or the wrong thing.
 */

/** What a front end is sent: a text for each kind of it that there is. */
export type Bundle = Record<string, unknown>;

/**
 * What a value is shown as. `format` is the kernel's way; where it fails, the
 * cell says why and shows what Deno itself would print.
 */
export async function bundleOf(
  value: unknown,
  format: (value: unknown) => Promise<Bundle>,
): Promise<Bundle> {
  try {
    const bundle = withoutBigInts(await format(value));
    if (typeof bundle === "object" && bundle !== null) return bundle;
    console.error("The value of this cell gives nothing to show of itself");
  } catch (error) {
    console.error("Cannot show the value of this cell as it asks:", error);
  }
  return { "text/plain": inspect(value) };
}

/** A value in words, as `console.log` has them, whatever it does when looked at. */
export function inspect(value: unknown): string {
  try {
    return Deno.inspect(value);
  } catch {
    return `a value that throws when it is looked at`;
  }
}

/** The kernel sends JSON, which has no BigInt; Date and others become text. */
function withoutBigInts(bundle: Bundle): Bundle {
  const data = JSON.stringify(
    bundle,
    (_, value) => typeof value === "bigint" ? `${value}` : value,
  );
  return data && JSON.parse(data);
}
