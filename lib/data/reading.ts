/**
 * Runs `read`, which reads the file or folder at `path`.
 *
 * @throws {Deno.errors.NotFound} when there is none; it says where paths begin.
 * @throws {TypeError} when it is a folder, but a file was expected.
 */
export async function reading<T>(
  path: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      const state = /^https?:/.test(path)
        ? "it is an address; download it first"
        : `there is no such file or folder; paths begin at "${Deno.cwd()}"`;
      throw new Deno.errors.NotFound(`Cannot read "${path}": ${state}`, {
        cause,
      });
    }
    if (cause instanceof Deno.errors.IsADirectory) {
      throw new TypeError(`Cannot read "${path}": it is a folder, no file`, {
        cause,
      });
    }
    throw cause;
  }
}
