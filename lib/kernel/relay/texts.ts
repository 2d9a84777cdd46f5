/** The texts that the relay shows in cells. */

/** Shown after Stop where the cell cannot end, and where it will end soon. */
export const CANNOT_STOP =
  "Stop cannot end this cell: nothing in it listens to Stop. It goes on to its " +
  "end. To end it now, restart the kernel (menu Kernel, Restart); variables are " +
  "lost then. (The course's fit listens, and a loop that calls " +
  "stopSignal().throwIfAborted().)\n";
export const STOP_HEARD =
  "Stop is heard: this cell ends when what it does now is done. If it " +
  "does not, restart the kernel (menu Kernel, Restart).\n";

/** The error of a cell that Deno itself has ended. */
export const STOPPED = {
  ...{ ename: "Stopped", evalue: "stopped by you" },
  traceback: ["Stopped: stopped by you"],
};

/** The error where Deno's kernel says nothing and we find nothing. */
export const UNKNOWN = {
  ...{ ename: "Error", evalue: "Deno's kernel could not run this cell" },
  traceback: ["Error: Deno's kernel could not run this cell"],
};

/** Shown where a cell imports files that have changed since they were loaded. */
export const changedFilesText = (files: string[]) =>
  `${
    files.join(", ")
  }: changed since this kernel imported it, and the kernel ` +
  "still has it as it was. To have the change, restart the kernel (menu Kernel, " +
  "Restart); variables are lost then.\n";

/** Advice by the words of an error; the first that matches is shown. */
const HELP: [RegExp, string][] = [
  [
    /^Identifier '.+' has already been declared/,
    "Choose another name; or, if an earlier cell declared this one " +
    "in another way, restart the kernel (menu Kernel, Restart).",
  ],
  [
    /^Import "[^"]*" not a dependency/,
    'A file of yours is imported by "./NAME.ts", a package by "npm:NAME".',
  ],
  [/^print is not defined$/, "Here console.log(…) prints."],
  [/^len is not defined$/, "Here a list says its length itself: list.length."],
  [/^True is not defined$/, "Here it is true."],
  [/^False is not defined$/, "Here it is false."],
  [/^None is not defined$/, "Here it is null."],
  [
    / is not defined$/,
    "No cell that has run declares this name. Run the cells above (menu Run, " +
    "Run All Above Selected Cell), or look at how the name is written.",
  ],
  [
    /^Cannot access '.+' before initialization$/,
    "The cell that declares this name did not run to its end: run it again.",
  ],
  [
    /\(reading 'documentElement'\)/,
    "Plot.plot finds no page to draw on here. Use plotFigure({ marks: [ … ] }) " +
    "of ../lib/mod.ts.",
  ],
];

/** An error as front ends receive it. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Adds advice to an error, where there is some. */
export function withHelp<T extends Partial<CellError>>(
  error: T,
  thrown = "something",
): T {
  const { ename, evalue, traceback = [] } = error ?? {};
  if (evalue === undefined) return error;
  if (traceback.join("") === "") {
    const words = evalue === "(none)"
      ? `the cell threw a value that cannot be turned into text: ${thrown}`
      : evalue;
    return { ...error, evalue: words, traceback: [`${ename}: ${words}`] };
  }
  const [, help] = HELP.find(([pattern]) => pattern.test(evalue)) ?? [];
  return help ? { ...error, traceback: [...traceback, help] } : error;
}
