/** An output of a cell, as HTML for notebooks and as plain text for elsewhere. */
export interface CellOutput {
  html: string;
  text: string;
}

/**
 * Lets the kernel show an output when it is the last value of a cell, and
 * console.log print its text.
 */
export function displayable<T extends CellOutput>(shown: T) {
  return Object.assign(shown, {
    [Symbol.for("Jupyter.display")]: () => bundle(shown),
    [Symbol.for("nodejs.util.inspect.custom")]: () => shown.text,
  });
}

/** The output in the form that is sent to a front end, such as JupyterLab. */
export function bundle({ html, text }: CellOutput) {
  return { "text/html": html, "text/plain": text };
}

/** Escapes text so that it is safe inside HTML. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}

/**
 * The drawings in the HTML of figures, as SVG; also in the JSON of a notebook that
 * holds such HTML. The figures are those of `figure` in lib/drawing/figures.ts.
 */
export function drawingsIn(text: string): string[] {
  return [...text.matchAll(/src=\\?"data:image\/svg\+xml,([^"\\]+)/g)]
    .map(([, data]) => decodeURIComponent(data.replaceAll("&amp;", "&")));
}

/** The HTML of a caption of a figure or table, empty if there is no caption. */
export function captionHtml(caption: string | undefined): string {
  if (caption === undefined) return "";
  return `<figcaption>${escapeHtml(caption)}</figcaption>`;
}
