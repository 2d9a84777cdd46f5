import assert from "node:assert/strict";
import { loadIdx } from "../../lib/data/idx.ts";
import { reading } from "../../lib/data/reading.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a file that is not there, or is a folder, is said in words", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(loadIdx(`${folder}/none.gz`), {
      name: "NotFound",
      message: /none.gz": there is no such file or folder; paths begin at "/,
    });
    const address = "https://example.org/digits.gz";
    await assert.rejects(loadIdx(address), /an address; download it first/);
    // On Windows a folder is no file that one may read.
    if (Deno.build.os !== "windows") {
      await assert.rejects(loadIdx(folder), /it is a folder, no file/);
    }
    const other = new Error("other");
    await assert.rejects(reading("a", () => Promise.reject(other)), other);
  });
});
