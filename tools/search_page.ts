/** The page "Search": finds words in all pages of the course, by MiniSearch. */

import MiniSearch from "minisearch";
import { byId, say } from "./page_parts.ts";

/** What stands below one heading, as the page carries it. */
interface Section {
  id: number;
  page: string;
  heading: string;
  address: string;
  text: string;
}

const MOST = 30; // results that are shown
const AROUND = 90; // letters of text to either side of the word found

const found: Omit<Section, "id">[] = JSON.parse(
  byId("data").textContent!,
);
const sections = found.map((section, id) => ({ ...section, id }));
const index = new MiniSearch<Section>({
  fields: ["heading", "text"],
  searchOptions: {
    boost: { heading: 3 },
    prefix: true,
    fuzzy: (term) => term.length > 4 ? 0.2 : false,
    combineWith: "AND",
  },
});
index.addAll(sections);

const input = byId<HTMLInputElement>("words");
const count = byId("count");
const list = byId("results");

/** The text around the first word that was found, and that word marked. */
function excerpt({ text }: Section, terms: string[]): DocumentFragment {
  // MiniSearch's words have no punctuation, but they may have these signs.
  const words = terms.map((term) => term.replace(/[$+^|]/g, "\\$&"));
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "iu");
  const { index: place, 0: term } = whole.exec(text) ?? { index: 0, 0: "" };
  const from = Math.max(0, place - AROUND), to = place + term.length + AROUND;
  const mark = document.createElement("mark");
  mark.textContent = text.slice(place, place + term.length);
  const fragment = document.createDocumentFragment();
  fragment.append(
    (from > 0 ? "… " : "") + text.slice(from, place),
    mark,
    text.slice(place + term.length, to) + (to < text.length ? " …" : ""),
  );
  return fragment;
}

function search() {
  const results = index.search(input.value);
  const key = results.length > MOST
    ? "cut"
    : results.length === 1
    ? "one"
    : "many";
  count.textContent = input.value.trim() === ""
    ? ""
    : say(key, { count: results.length, most: MOST });
  list.replaceChildren(
    ...results.slice(0, MOST).map(({ id, terms }) => {
      const section = sections[id];
      const link = document.createElement("a");
      link.href = section.address;
      link.textContent = [section.page, section.heading]
        .filter((name) => name !== "").join(" › ");
      const item = document.createElement("li");
      const text = document.createElement("p");
      text.append(excerpt(section, terms));
      item.append(link, text);
      return item;
    }),
  );
}

input.addEventListener("input", search);
input.value = new URLSearchParams(location.search).get("q") ?? "";
search();
