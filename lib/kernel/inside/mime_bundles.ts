/**
 * MIME bundles: the forms, such as HTML and plain text, in which Jupyter shows the
 * value of a cell.
 */

/** The value by MIME type, such as "text/html". */
export type Bundle = Record<string, unknown>;

/**
 * The bundle of a value. `format` is the kernel's own function; where it fails, the
 * cell says why, and shows the value as `console.log` would.
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

/** A value as `console.log` prints it, even where reading it throws. */
export function inspect(value: unknown): string {
  try {
    return Deno.inspect(value);
  } catch {
    return `a value that throws when it is looked at`;
  }
}

/** The kernel sends JSON, which has no BigInt; it becomes text, as dates do. */
function withoutBigInts(bundle: Bundle): Bundle {
  const data = JSON.stringify(
    bundle,
    (_, value) => typeof value === "bigint" ? `${value}` : value,
  );
  return data && JSON.parse(data);
}
