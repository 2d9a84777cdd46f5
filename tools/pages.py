"""Makes pages of notebooks, and what can be taken along from them."""

import base64
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import nbformat
from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter

from downloads import pack_course, write_scripts
from files import write_whole
from links import contents_of, html_outputs, html_outputs_of, link_books, link_pages, sections_of, up_from
from progress import clock
from texts import Texts, install

_ = Texts(os.environ.get("COURSE_TEXTS", ""))
ROOT = Path(__file__).resolve().parent.parent
VERSION = json.loads((ROOT / "deno.json").read_text(encoding="utf-8"))["version"]
DENO = re.search(r"deno@([\d.]+)", (ROOT / "README.md").read_text(encoding="utf-8"))[1]
CONTENTS = "<!-- contents -->"  # where a page has its contents
COURSE = _("Cleaning digits with an autoencoder")
PROGRAMS = {"Try it": "try", "Map": "map", "Ten walks": "walk", "Search": "search"}  # pages with a program of their own
QUICK = bool(os.environ.get("COURSE_QUICK"))


def title_and_promise(notebook):
    """The heading of the first cell, and the paragraph below it; somebody's own notebook may lack either."""
    texts = [cell.source for cell in notebook.cells[:1] if cell.cell_type == "markdown"]
    head, promise = [*"".join(texts).split("\n\n"), "", ""][:2]
    title = head.split("\n")[0]
    promise = re.sub(r"[_*`]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", promise))
    return {"title": title.removeprefix("# ") or _("A notebook"), "promise": " ".join(promise.split())}


MOST_LETTERS = 40_000  # of a picture on the first page, so that it stays light


def seconds_of(notebook):
    """How many seconds its run took."""
    return sum(notebook.metadata.get("course", {}).get("seconds", []))


def minutes(notebook):
    """How long its run took, in words."""
    if not notebook.metadata.get("course"):
        return ""
    seconds = seconds_of(notebook)
    if seconds >= 90:
        return _("{count} minutes").format(count=f"{seconds / 60:.0f}")
    return _("about a minute") if seconds >= 30 else _("under a minute")


def run_of(notebook):
    """What is known of its run: the day, the versions and the machine, and how long it took."""
    run = notebook.metadata.get("course", {}).get("run")
    return run and {**run, "took": clock(seconds_of(notebook))}


def picture(notebook):
    """Its first picture that is not too heavy, as HTML."""
    images = [image for data in html_outputs(notebook) for image in re.findall(r"<img\b[^>]*>", data["text/html"])]
    return next((image for image in images if len(image) <= MOST_LETTERS), "")


def glossary():
    """The words and sources, as a notebook of one cell of text."""
    text = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


# A cell that ends in one of these draws or tabulates what the lesson's cells have computed.
DRAWING = re.compile(r"^(?:await )?(?:digitGrid|networkDiagram|plotFigure|soundPlayers|table)\(", re.MULTILINE)
LATER = re.compile(r"\n[^\s)\]}]")  # a statement after it
# What may be wider than a phone: it scrolls, and the caption below it stays.
WIDE = re.compile(r"<img [^>]*>|<table>.*?</table>", re.DOTALL)
# What the kernel shows of a cell that declares its variables after `await useBackend()`.
BACKEND = re.compile(r'"(?:wasm-threads|webgpu|cpu)"')
# The last paragraph of a notebook: a page has a navigation of its own.
NEXT = re.compile(r"\n\n\*\*(?:Previous|Next):\*\*(?:(?!\n\n).)*\Z", re.DOTALL)
# A formula in lines of its own. Browsers draw MathML without a program.
FORMULA = re.compile(r"^\$\$(.+?)\$\$$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"\*\*Time:\*\*.*?(?=\*\*Needs:\*\*)", re.DOTALL)


# Pygments marks each letter of code. Left are words of the language, texts, numbers and comments: what
# it takes for a type is often a value, and the other marks make half of a page's weight.
MARK = re.compile(r'<span class="(?!(?:k|kd|kr|kc|ow|s|s1|s2|sb|sr|dl|mi|mf|mh|c|c1|cm)")\w{1,2}">([^<]*)</span>')


def draw_formula(found):
    """A formula in MathML. One with a mistake stays as it is, so that its page is made all the same."""
    try:
        return mathml(found[1].strip(), display="block")
    except Exception as error:  # latex2mathml has many kinds, without a common one
        print(f"This formula stays as it is: {found[0]} ({type(error).__name__})", file=sys.stderr, flush=True)
        return found[0]


def tidy(cell):
    """Parts the code that draws from the lesson's, to be folded, and leaves out what says nothing on a page."""
    if cell.cell_type == "markdown":
        cell.source = NEXT.sub("", TIME.sub("", cell.source) if QUICK else cell.source)
        cell.source = FORMULA.sub(draw_formula, cell.source)
        return
    cell.outputs = [o for o in cell.outputs if not BACKEND.fullmatch(o.get("data", {}).get("text/plain", ""))]
    for data in html_outputs_of(cell):
        data["text/html"] = WIDE.sub(r'<div class="wide">\g<0></div>', data["text/html"])
    html = "".join(data["text/html"] for data in html_outputs_of(cell))
    shown = re.search(r"<figcaption>((?:Figure|Table) \d+\.\d+)\.", html)
    drawing = DRAWING.search(cell.source)
    if shown and drawing and not LATER.search(cell.source[drawing.end() :]):
        cell.metadata |= {"drawing": cell.source[drawing.start() :], "shown": shown[1]}
        cell.source = cell.source[: drawing.start()].strip()


def solutions_of(folder, names):
    """The solutions of these notebooks, as they ran here, or else as git keeps them (made by a full run)."""
    found = {}
    for name in (f"solutions/{name}" for name in names):
        kept = ROOT / "notebooks" / f"{name}.ipynb"
        if not kept.exists():
            continue
        book = nbformat.read(kept, as_version=4)
        if Path(f"{folder}/runs/{name}").exists():
            ran = nbformat.read(f"{folder}/{name}.ipynb", as_version=4)
            # What ran before the solutions were corrected is out of date.
            if [cell.source for cell in ran.cells] == [cell.source for cell in book.cells]:
                found[name] = ran
                continue
        if not QUICK:
            found[name] = book
    return found


# How the solution of an exercise begins.
ANSWER = re.compile(r"^\*\*(\d+)\.\*\* ★+", re.MULTILINE)


def quote_exercises(solutions, notebook):
    """Puts the text of each exercise above its solution, so that a page can be read alone."""
    last = "".join(cell.source for cell in notebook.cells[-1:])
    listed = last.partition("\n## Exercises\n")[2].replace("](glossary.md", "](../glossary.md")
    items = re.findall(r"^(\d+)\. ★+ (.*?)(?=\n\d+\. |\n\n|\Z)", listed, flags=re.MULTILINE | re.DOTALL)
    texts = {number: re.sub(r"^ *", "> ", text, flags=re.MULTILINE) for number, text in items}
    for cell in solutions.cells:
        if cell.cell_type == "markdown":
            cell.source = ANSWER.sub(lambda m: "\n\n".join([m[0], texts.get(m[1], ""), ""]), cell.source)


def export(folder, names):
    here = Path(__file__).parent
    exporter = HTMLExporter(
        template_name="course_template",
        extra_template_basedirs=[str(here)],
    )
    install(exporter.environment, _)
    books = {name: nbformat.read(f"{folder}/{name}.ipynb", as_version=4) for name in names}
    books["glossary"] = glossary()
    solutions = solutions_of(folder, names)
    for name, book in solutions.items():
        Path(f"{folder}/solutions").mkdir(exist_ok=True)
        write_whole(f"{folder}/{name}.ipynb", nbformat.writes(book) + "\n")
    titles = {name: title_and_promise(book) for name, book in (books | solutions).items()}  # before links stand in them
    pages = [{"name": name, **titles[name]} for name in books]
    for name, book in solutions.items():
        quote_exercises(book, books[name.removeprefix("solutions/")])
    books |= solutions
    programs = {title: name for title, name in PROGRAMS.items() if Path(f"{folder}/runs/{name}.js").exists()}
    link_books(books, programs)
    script = (here / "course_template" / "page.js").read_text(encoding="utf-8").strip()
    course = {
        "course": COURSE,
        "language": _.language,
        "direction": _.direction,
        "version": VERSION,
        "deno": DENO,
        "style": (here / "course_template" / "style.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": source_of_hash(script),
        "programs": [*programs.values()],
        "quick": QUICK,
        "megabytes": pack_course(folder) / 1e6,
        "pdf": Path(f"{folder}/course.pdf").exists(),
        "network": next((path.name for path in Path(f"{folder}/network").glob("*.bin")), ""),
    }
    sections = []
    for i, (name, book) in enumerate(books.items()):
        page = {
            **course,
            **titles[name],
            "name": name,
            "up": up_from(name),
            "run": run_of(book),
            "solutions": f"solutions/{name}" in solutions,
            "notebook": name.removeprefix("solutions/") if name in solutions else "",
            "previous": pages[i - 1] if 0 < i < len(pages) else None,
            "next": pages[i + 1] if i + 1 < len(pages) else None,
        }
        for cell in book.cells:
            tidy(cell)
        body = exporter.from_notebook_node(book, resources={"course": page})[0]
        body = MARK.sub(r"\1", body)
        body = link_pages(body.replace(CONTENTS, contents_of(body)), name, [*books, *programs.values()])
        sections += sections_of(body, name, page["title"])
        write_whole(f"{folder}/{name}.html", body)
    for page in pages:
        if page["name"] in names:
            page |= {"minutes": minutes(books[page["name"]]), "picture": picture(books[page["name"]])}
    result = base64.b64encode((ROOT / "notebooks" / "denoised.svg").read_bytes()).decode()
    first = exporter.environment.get_template("contents.html.j2")
    write_whole(f"{folder}/index.html", first.render(course=course, pages=pages, result=result) + "\n")
    for name in programs.values():
        write_program_page(folder, name, exporter, course, names, sections)
    write_scripts(folder, names)


def source_of_hash(program):
    """How a page's policy names a program that stands in it: it alone may run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}'"


def write_program_page(folder, name, exporter, course, names, sections):
    """Writes a page with a program of its own inside."""
    runs = Path(f"{folder}/runs")
    program = (runs / f"{name}.js").read_text(encoding="utf-8").strip()
    program = re.sub(r"<(?=/script|!--|script)", r"\\x3C", program, flags=re.IGNORECASE)  # only texts have these
    data = json.dumps(sections, ensure_ascii=False) if name == "search" else (runs / f"{name}.json").read_text(encoding="utf-8")
    data = data.replace("<", "\\u003c")
    page = exporter.environment.get_template(f"{name}.html.j2").render(
        course=course, names=names, data=data, program=program, hash=source_of_hash(program)
    )
    write_whole(f"{folder}/{name}.html", page + "\n")
