"""Makes pages of notebooks, and what leads from one place of the course to another."""

import base64
import os
import re
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from files import write_whole

ROOT = Path(__file__).resolve().parent.parent
CONTENTS = "<!-- contents -->"  # where a page has its contents
COURSE = "Cleaning digits with an autoencoder"


def title_and_promise(notebook):
    """The heading of the first cell, and the paragraph below it."""
    title, promise = notebook.cells[0].source.split("\n\n")[:2]
    promise = re.sub(r"\[([^\]]*)\]\([^)]*\)|[_*`]", lambda m: m[1] or "", promise)
    return {"title": title.removeprefix("# "), "promise": " ".join(promise.split())}


MOST_LETTERS = 40_000  # of a picture on the first page, so that it stays light


def minutes(notebook):
    """How long a run of it took, in words."""
    seconds = sum(notebook.metadata.get("course", {}).get("seconds", []))
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else "about a minute" if seconds >= 30 else "under a minute"


def html_outputs(notebook):
    """What its cells show as HTML: the data of those outputs, to be read or changed."""
    return [o.data for cell in notebook.cells for o in cell.get("outputs", []) if "text/html" in o.get("data", {})]


def picture(notebook):
    """Its first picture that is not too heavy, as HTML."""
    images = [image for data in html_outputs(notebook) for image in re.findall(r"<img\b[^>]*>", data["text/html"])]
    return next((image for image in images if len(image) <= MOST_LETTERS), "")


def glossary():
    """The words and sources, as a notebook of one cell of text."""
    text = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


NUMBERED = re.compile(r"<figure\b(?=(?:(?!</figure>).)*?<figcaption>(Figure|Table) (\d+)\.(\d+)\.)", re.DOTALL)


def address_figures(html):
    """Gives each figure and table of an output its address, such as `figure-6-2`."""
    return NUMBERED.sub(lambda m: f'<figure id="{m[1].lower()}-{m[2]}-{m[3]}"', html)


# What of a text is no prose: code, links, tags, and the heading itself.
NO_PROSE = r"```.*?```|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<a\b.*?</a>|<[^>]*>|^#[^\n]*"
PLACE = r"\b(?:(Figure|Table)\s+(\d+)\.(\d+)|[Nn]otebook\s+(\d+))\b"


def link_places(text, name, pages):
    """
    Makes links of what a text names: "Figure 6.2", "Table 4.1", "notebook 3". `pages` has the
    addresses of each notebook's figures and tables, by its name.
    """
    numbers = {int(page[:2]): page for page in pages if page[:2].isdigit()}

    def link(match):
        kind, chapter, place, notebook = match.groups()
        if not (kind or notebook):
            return match[0]
        page = numbers.get(int(chapter or notebook))
        here = "" if page == name else f"{page}.html"
        address = f"{here}#{kind.lower()}-{chapter}-{place}" if kind else here
        is_known = page and (not kind or address.partition("#")[2] in pages[page])
        return f'<a href="{address}">{match[0]}</a>' if is_known and address else match[0]

    return re.sub(f"{NO_PROSE}|{PLACE}", link, text, flags=re.DOTALL | re.MULTILINE)


def introduce_words(text, known):
    """Marks where a word is first linked to the glossary: a place for the glossary to lead to."""

    def mark(match):
        word = match[1]
        if word in known:
            return match[0]
        known.add(word)
        return f'<a id="word-{word}"></a>{match[0]}'

    return re.sub(r"\[[^\]]*\]\(glossary\.md#([\w-]+)\)", mark, text)


def lead_to_words(text, words):
    """Lets each entry of the glossary lead to where a notebook introduces its word."""

    def lead(entry):
        word = re.match(r'- <a id="([\w-]+)">', entry)
        return re.sub(
            r"\]\((\w+)\.ipynb\)",
            lambda m: f"]({m[1]}.ipynb#word-{word[1]})" if word and word[1] in words.get(m[1], ()) else m[0],
            entry,
        )

    return "".join(lead(entry) for entry in re.split(r"^(?=- )", text, flags=re.MULTILINE))


def prepare(books):
    """Gives the books their addresses, and the links to them."""
    pages, words = {}, {}
    for name, book in books.items():
        pages[name] = set()
        for data in html_outputs(book):
            data["text/html"] = address_figures(data["text/html"])
            pages[name].update(re.findall(r'<figure id="([\w-]+)"', data["text/html"]))
    for name, book in books.items():
        words[name] = set()
        for cell in book.cells:
            if cell.cell_type == "markdown" and name != "glossary":
                cell.source = link_places(introduce_words(cell.source, words[name]), name, pages)
    for cell in books["glossary"].cells:
        cell.source = lead_to_words(cell.source, words)


def contents_of(body):
    """A list of the headings of a page, each a link."""
    headings = re.findall(r'<h([23]) id="([^"]*)">(.*?)<a class="anchor-link"', body)
    rows = [f'<li class="level{level}"><a href="#{address}">{text}</a></li>' for level, address, text in headings]
    return "\n".join(["<ul>", *rows, "</ul>"])


# What markdown makes of a link, and what somebody may write by hand.
LINK = r"""<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))[^>]*>(.*?)</a>"""


def link_pages(body, names):
    """
    Links between notebooks become links between pages. A link to any other file would lead out of
    the folder of pages, so its text alone is left.
    """

    def link(match):
        *quoted, text = match.groups()
        address = next(part for part in quoted if part is not None)
        page = re.fullmatch(r"(?:\./)?(\w+)\.(ipynb|md|html)(#.*)?", address)
        if page and page[1] in (*names, "index"):
            return match[0].replace(address, f"{page[1]}.html{page[3] or ''}", 1)
        is_kept = address.startswith("#") or re.match(r"(https?|mailto):", address, re.IGNORECASE)
        return match[0] if is_kept else text

    return re.sub(LINK, link, body, flags=re.DOTALL | re.IGNORECASE)


def export(folder, names):
    here = Path(__file__).parent
    exporter = HTMLExporter(
        template_name="course_template",
        extra_template_basedirs=[str(here)],
    )
    books = {name: nbformat.read(f"{folder}/{name}.ipynb", as_version=4) for name in names}
    books["glossary"] = glossary()
    pages = [{"name": name, **title_and_promise(book)} for name, book in books.items()]
    prepare(books)
    style = (here / "course_template" / "style.css").read_text(encoding="utf-8")
    quick = bool(os.environ.get("COURSE_QUICK"))
    for i, (name, book) in enumerate(books.items()):
        course = {
            "course": COURSE,
            **pages[i],
            "style": style,
            "quick": quick,
            "previous": pages[i - 1] if i else None,
            "next": pages[i + 1] if i + 1 < len(pages) else None,
        }
        body, _ = exporter.from_notebook_node(book, resources={"course": course})
        body = link_pages(body.replace(CONTENTS, contents_of(body)), books)
        # Solutions have no pages: they are notebooks, to be opened beside the others.
        body = re.sub(r"<p>Solutions: .*?</p>\n?", "", body)
        write_whole(f"{folder}/{name}.html", body)
    contents = exporter.environment.get_template("contents.html.j2")
    for page in pages:
        if page["name"] in names:
            page |= {"minutes": minutes(books[page["name"]]), "picture": picture(books[page["name"]])}
    result = (ROOT / "notebooks" / "denoised.svg").read_bytes()
    first = contents.render(
        course=COURSE, pages=pages, style=style, quick=quick, result=base64.b64encode(result).decode()
    )
    write_whole(f"{folder}/index.html", first + "\n")
