/** What the relay says in cells. */

/** What is said of a cell after Stop. */
export const CANNOT =
  "Stop cannot end this cell: nothing in it listens to Stop. " +
  "Restart the kernel to end it (menu Kernel, Restart); variables are lost then.\n";
export const HEARD =
  "Stop is heard: this cell ends when what it does now is done. If it " +
  "does not, restart the kernel (menu Kernel, Restart).\n";

/** How Deno's kernel says that a name is taken, and how to go on then. */
export const TAKEN = /^Identifier '.+' has already been declared/;
export const DECLARED =
  "Choose another name; or, if an earlier cell declared this one " +
  "in another way, restart the kernel (menu Kernel, Restart).";

/** What is shown of a cell that Deno itself has ended. */
export const STOPPED = {
  ...{ ename: "Stopped", evalue: "stopped by you" },
  traceback: ["Stopped: stopped by you"],
};

/** Where Deno's kernel says nothing of an error, and we find nothing. */
export const UNKNOWN = {
  ...{ ename: "Error", evalue: "Deno's kernel could not run this cell" },
  traceback: ["Error: Deno's kernel could not run this cell"],
};

/** What is said of files that were changed after they had been imported. */
export const changed = (files: string[]) =>
  `${
    files.join(", ")
  }: changed since this kernel imported it, and the kernel ` +
  "still has it as it was. To have the change, restart the kernel (menu Kernel, " +
  "Restart); variables are lost then.\n";
