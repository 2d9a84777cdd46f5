"""
How the course's Jupyter exports notebooks and which kernel it offers. tools/setup.ts puts this where
every program of .venv reads it: JupyterLab (File, Save and Export Notebook As) and `jupyter nbconvert`.
"""

import html
import json
import re
import subprocess
from pathlib import Path

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from nbformat import from_dict

c = get_config()  # noqa: F821 -- Jupyter gives it to this file

# JupyterLab's box "Sanitize HTML output" is ticked from the start. Of text and figures Jupyter then
# leaves little more than bold letters; what cannot run a program may stay.
TAGS = "br dd del details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr img p pre progress s span".split()
TAGS += "sub summary sup table tbody td tfoot th thead tr u".split()
ATTRIBUTES = "alt class colspan height href id max open rowspan scope src start style title value width".split()
STYLES = CSSSanitizer(allowed_css_properties=[*ALLOWED_CSS_PROPERTIES, "border-left", "color-scheme", "margin", "max-width", "padding-left"])


IMAGE = re.compile(r"data:image/(gif|jpeg|png|svg\+xml|webp)[;,]")


def is_harmless(tag, name, value):
    """An image may have its data inside; a link to data could be a page with programs."""
    # As a browser reads an address: it decodes entities, and passes over control characters and blanks.
    address = re.sub(r"[^!-~]", "", html.unescape(value)).lower()
    is_image = tag == "img" and name == "src" and IMAGE.match(address)
    return name in ATTRIBUTES and (is_image or not address.startswith("data:"))


def clean_html(source):
    return bleach.clean(
        source.decode() if isinstance(source, bytes) else str(source),
        tags=[*bleach.ALLOWED_TAGS, *TAGS],
        attributes=is_harmless,
        protocols=[*bleach.ALLOWED_PROTOCOLS, "data"],
        css_sanitizer=STYLES,
    )


c.TemplateExporter.filters = {"clean_html": clean_html}


def make_light(notebook, resources):
    """Figures are dark on a dark system, but an exported page is white there too."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = f'<div style="color-scheme: light">{data["text/html"]}</div>'
    return notebook, resources


def make_slides(notebook, resources):
    """A section begins at a heading, and goes to the right; its cells are slides one below the other."""
    cells = []
    for cell in notebook.cells:
        is_text = cell.cell_type == "markdown"
        # A cell may end a section and begin the next one.
        for part in re.split(r"\n(?=## )", cell.source) if is_text else [cell.source]:
            slide_type = "slide" if is_text and part.startswith(("# ", "## ")) else "subslide"
            metadata = {"slideshow": {"slide_type": slide_type}, **cell.metadata}
            cells.append({**cell, "id": f"slide-{len(cells)}", "source": part, "metadata": metadata})
    notebook.cells = from_dict(cells)
    return notebook, resources


c.HTMLExporter.preprocessors = [make_light]
c.SlidesExporter.preprocessors = [make_light, make_slides]
# Room for lines of 80 letters, and for a cell with its figure.
c.SlidesExporter.reveal_width, c.SlidesExporter.reveal_height = "1200", "900"
c.SlidesExporter.reveal_scroll = True

MODULE = re.compile(r'"((?:\.\./)+lib/)mod\.ts"')
# This file is in .venv/etc/jupyter, as tools/setup.ts puts it.
VENV = Path(__file__).parents[2]


def show_last(sources):
    """The sources of cells, which show in a script what they end in."""
    kernel = json.loads((VENV / "share/jupyter/kernels/deno-course/kernel.json").read_text("utf-8"))
    command = [kernel["argv"][0], "run", "--no-config", "--quiet", VENV.parent / "tools/show_last.ts"]
    done = subprocess.run(command, input=json.dumps(sources), capture_output=True, check=True, encoding="utf-8")
    return json.loads(done.stdout)


def show_results(notebook, resources):
    """A cell of the course's notebooks shows what it ends in, a script does not: so the script says it."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = next(filter(None, (MODULE.search(cell.source) for cell in code)), None)
    if not found:
        return notebook, resources
    first = f'import {{ show }} from "{found[1]}notebook/script.ts";'
    try:
        for cell, source in zip(code, show_last([cell.source for cell in code]), strict=True):
            cell.source = source
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = str(error).splitlines()[0]
        first += f"\n// What cells end in is not shown, since Deno could not be run: {reason}"
    code[0].source = f"{first}\n{code[0].source}"
    return notebook, resources


c.ScriptExporter.preprocessors = [show_results]

# These need programs that are not in .venv, and would leave out all figures; "python" is for Python.
for name in ("ASCIIDoc", "Latex", "PDF", "Python", "QtPDF", "QtPNG", "RST", "WebPDF"):
    c[f"{name}Exporter"].enabled = False

# The first that JupyterLab offers, and the one it proposes for a new notebook.
c.MultiKernelManager.default_kernel_name = "deno-course"
