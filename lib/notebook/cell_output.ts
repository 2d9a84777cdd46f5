/** Anything with HTML for a notebook and text for elsewhere. */
export interface CellOutput {
  html: string;
  text: string;
}

/**
 * Makes something the kernel shows when it is the last value of a cell, and that
 * console.log prints as its text.
 */
export function displayable<T extends CellOutput>(shown: T) {
  return Object.assign(shown, {
    [Symbol.for("Jupyter.display")]: () => bundle(shown),
    [Symbol.for("nodejs.util.inspect.custom")]: () => shown.text,
  });
}

/** What a front end is sent. */
export function bundle({ html, text }: CellOutput) {
  return { "text/html": html, "text/plain": text };
}

/** Text that HTML takes as text. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}

/** The caption of a figure or a table, where it has one. */
export function captionHtml(caption: string | undefined): string {
  if (caption === undefined) return "";
  return `<figcaption>${escapeHtml(caption)}</figcaption>`;
}
