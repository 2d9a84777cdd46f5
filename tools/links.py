"""What leads from one place of the course's pages to another."""

import html
import posixpath
import re


def html_outputs_of(cell):
    """What a cell shows as HTML: the data of those outputs, to be read or changed."""
    return [output.data for output in cell.get("outputs", []) if "text/html" in output.get("data", {})]


def html_outputs(notebook):
    """The same of all its cells."""
    return [data for cell in notebook.cells for data in html_outputs_of(cell)]


def up_from(name):
    """The way from a page to the folder of all pages: those of solutions stand in a folder."""
    return "../" * name.count("/")


NUMBERED = re.compile(r"<figure\b(?=(?:(?!</figure>).)*?<figcaption>(Figure|Table) (\d+)\.(\d+)\.)", re.DOTALL)


def address_figures(markup):
    """Gives each figure and table of an output its address, such as `figure-6-2`."""
    return NUMBERED.sub(lambda m: f'<figure id="{m[1].lower()}-{m[2]}-{m[3]}"', markup)


CAPTION = re.compile(r"(?<=<figcaption>)((?:Figure|Table) \d+\.\d+\.)?(.*?)(?=</figcaption>)", re.DOTALL)

# What of a text is no prose: code, links, tags, the heading itself, and what a click on it opens.
NO_PROSE = r"<summary>.*?</summary>|```.*?```|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<a\b.*?</a>|<[^>]*>|^#[^\n]*"
PLACE = r"\b(?:(Figure|Table)\s+(\d+)\.(\d+)|[Nn]otebook\s+(\d+))\b|(?<=\bpage\s)\"(?P<program>[\w ]+)\""


def link_places(text, name, pages, programs):
    """
    Makes links of what a text names: "Figure 6.2", "Table 4.1", "notebook 3", 'page "Map"'. `pages` has
    the addresses of each notebook's figures and tables, by its name; `programs` has pages by their titles.
    """
    numbers = {int(page[:2]): page for page in pages if page[:2].isdigit()}

    def link(match):
        kind, chapter, place, notebook, program = match.groups()
        if program in programs:
            return f'"<a href="{up_from(name)}{programs[program]}.html">{program}</a>"'
        if not (kind or notebook):
            return match[0]
        page = numbers.get(int(chapter or notebook))
        here = "" if page == name else f"{up_from(name)}{page}.html"
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


def link_books(books, programs):
    """Gives the books their addresses, and the links to them and to the pages with a program."""
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
                cell.source = link_places(introduce_words(cell.source, words[name]), name, pages, programs)
            for data in html_outputs_of(cell):
                data["text/html"] = CAPTION.sub(
                    lambda m, name=name: (m[1] or "") + link_places(m[2], name, pages, programs), data["text/html"]
                )
    for cell in books["glossary"].cells:
        cell.source = lead_to_words(cell.source, words)


def contents_of(body):
    """A list of the headings of a page, each a link."""
    headings = re.findall(r'<h([23]) id="([^"]*)">(.*?)(?:<a class="anchor-link".*?)?</h', body)
    rows = [f'<li class="level{level}"><a href="#{address}">{text}</a></li>' for level, address, text in headings]
    return "\n".join(["<ul>", *rows, "</ul>"]) if rows else ""


def sections_of(body, name, title):
    """What the search finds on a page, by heading: the prose, captions, tables, and code that does not draw."""
    main = body.partition('<main id="main">')[2].partition('<section class="downloads"')[0]
    main = re.sub(r'<details class="(?:drawing|numbers)">.*?</details>', " ", main, flags=re.DOTALL)
    # An entry of the glossary counts as a heading.
    main = re.sub(r'<a id="([^"]*)"></a><strong>(.*?)</strong>', r'<h3 id="\1">\2</h3>', main)
    parts = re.split(r'<h[123] id="([^"]*)">(.*?)(?:<a class="anchor-link".*?)?</h[123]>', main)
    if len(parts) == 1:  # somebody's own notebook, without a heading
        return [{"page": title, "heading": "", "address": f"{name}.html", "text": plain(main)}]
    return [
        {"page": title, "heading": plain(heading), "address": f"{name}.html#{address}", "text": plain(text)}
        for address, heading, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


def plain(markup):
    """The text of some markup, without what only programs read."""
    return " ".join(html.unescape(re.sub(r"<(style|svg|script)\b.*?</\1>|<[^>]*>", " ", markup, flags=re.DOTALL)).split())


# What markdown makes of a link, and what somebody may write by hand.
LINK = r"""<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))[^>]*>(.*?)</a>"""


def link_pages(body, name, names):
    """
    Links of the page `name` between notebooks become links between pages. A link to any other file
    would lead out of the folder of pages, so its text alone is left, unless the file is to be taken along.
    """

    def link(match):
        *quoted, text = match.groups()
        if match[0].startswith("<a download"):
            return match[0]
        address = next(part for part in quoted if part is not None)
        page = re.fullmatch(r"([^#?]+)\.(?:ipynb|md|html)(#.*)?", address)
        if page and posixpath.normpath(posixpath.join(posixpath.dirname(name), page[1])) in (*names, "index"):
            part = next(i for i in (1, 2, 3) if match[i] is not None)
            start, end = (place - match.start() for place in match.span(part))
            return f"{match[0][:start]}{page[1]}.html{page[2] or ''}{match[0][end:]}"
        is_kept = address.startswith("#") or re.match(r"(https?|mailto):", address, re.IGNORECASE)
        return match[0] if is_kept else text

    return re.sub(LINK, link, body, flags=re.DOTALL | re.IGNORECASE)
