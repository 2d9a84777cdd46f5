import { newOptions, newProgram, parse, type Source } from "assemblyscript";
import assert from "node:assert/strict";
import { describe } from "../../tools/describe_jobs.ts";

/** What the compiler makes of a file with one task and these classes. */
function sourcesOf(classes: string): Source[] {
  const program = newProgram(newOptions());
  const task = "export function run(p: Job, chunk: i32, slot: i32): void {}";
  parse(program, 'export { run } from "./file";', "mod.ts", true);
  parse(program, `${classes}\n${task}`, "file.ts", false);
  return program.sources;
}

Deno.test("a job has the fields of its class, after those of the one before", () => {
  const text = describe(
    sourcesOf(`
      class Job extends Base {
        // In bytes.
        b: i32; // the second
        next: Other;
      }
      class Base { a: usize; }
      class Other { c: f32; }
      class Unused { d: i64; }
    `),
    Number,
  );
  const [, ...classes] = text.split("export const ");
  assert.deepEqual(classes.map((each) => each.replace(/\n\n[^]*$/, "")), [
    'Base = {\n  a: "usize",\n};',
    'Other = {\n  c: "f32",\n};',
    'Job = {\n  ...Base,\n  // In bytes.\n  /** the second */ b: "i32",\n' +
    '  next: "Other",\n};',
    "TASKS = {\n  run: Job,\n};\n",
  ]);
});

Deno.test("classes whose fields could lie elsewhere are refused", () => {
  const many = Array.from({ length: 65 }, (_, i) => `n${i}: i32;`).join("");
  const refused: [string, RegExp][] = [
    ["class Job { a: bool; }", /"bool": no number of four bytes/],
    ["class Job { a: f64; }", /"f64": no number of four bytes/],
    ["class Job { a: i32; } class Job {}", /"Job": two classes have this name/],
    ["class Job { f(): void {} }", /"Job": not of fields only/],
    [`class Job { ${many} }`, /"Job": over 64 words/],
  ];
  for (const [classes, message] of refused) {
    assert.throws(() => describe(sourcesOf(classes), Number), message);
  }
});
