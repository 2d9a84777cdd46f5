"""
What the course's pages say around the notebooks, in English or in another language.

The texts stand where they are used, in the templates and in pages.py. `course_template/texts.pot`
lists them all; a copy of it with translations, for which every editor of .po files will do, is given
to `deno task course --texts FILE`. This writes the list anew:

    python tools/texts.py
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

HERE = Path(__file__).parent
LIST = HERE / "course_template" / "texts.pot"
SOURCES = [("course_template/**.j2", "jinja2"), ("pages.py", "python")]
# What a translation begins with: its language is for the translator to fill in.
HEAD = """# A name in braces or in %(…)s stands for a value, and tags of HTML stay as they are.
msgid ""
msgstr ""
"Language: \\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


# A name that stands for a value.
VALUE = re.compile(r"%\(\w+\)s|\{\w+\}")


def keeps_values(message):
    """Whether a translation has the values of its text, and no sign that would be taken for one."""
    text, translation = message.id, message.string
    has_percents = "%" in VALUE.sub("", translation).replace("%%", "")
    is_format = "python-format" in message.flags or "%(" in text
    return {*VALUE.findall(text)} == {*VALUE.findall(translation)} and not (is_format and has_percents)


def css_string(text):
    """A text as a string of CSS, which may stand in an attribute of HTML."""
    return '\'' + re.sub(r"[^\w ]", lambda found: f"\\{ord(found[0]):x} ", text) + '\''


class Texts:
    """The language, its direction ("ltr" or "rtl"), and each text in it."""

    def __init__(self, path=""):
        self.catalog, self.language, self.direction = Catalog(), "en", "ltr"
        if not path:
            return
        with open(path, "rb") as file:
            self.catalog = read_po(file, abort_invalid=True)
        locale = self.catalog.locale
        if locale is None:
            raise ValueError('its head has no "Language: …", such as "Language: he"')
        faults = [message.id for message in self.catalog if message.id and message.string and not keeps_values(message)]
        if faults:
            raise ValueError("these do not keep the names in braces and in %(…)s: " + "; ".join(faults))
        self.language, self.direction = str(locale).replace("_", "-"), locale.text_direction

    def __call__(self, text):
        message = self.catalog.get(text)
        return message.string if message and message.string and not message.fuzzy else text


def install(environment, texts):
    """Lets the templates of a Jinja environment say their texts."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(texts, lambda one, many, count: texts(one if count == 1 else many))
    environment.filters["css_string"] = css_string


def extracted():
    """The list of all texts, as the bytes of a .pot file."""
    catalog = Catalog(charset="utf-8")
    for name, line, text, comments, context in extract_from_dir(HERE, SOURCES):
        catalog.add(text, locations=[(name, line)], auto_comments=comments, context=context)
    file = BytesIO()
    write_po(file, catalog, omit_header=True, sort_output=True, width=100, include_lineno=False)
    return HEAD.encode() + file.getvalue()



def main(order="", path=""):
    if order == "--read":  # whether they can be read
        try:
            Texts(path)
        except (OSError, ValueError, LookupError, PoFileError) as error:
            sys.exit(f'Cannot read the texts in "{path}": {error}')
    elif order == "--check":
        if LIST.read_bytes() != extracted():
            sys.exit("The list of texts is not that of the pages: run python tools/texts.py")
    else:
        LIST.write_bytes(extracted())


if __name__ == "__main__":
    main(*sys.argv[1:])
