// What a page does where scripts run: light or dark by choice, copied code, search.
{
  const KEY = "cleaning-digits.colours";
  const root = document.documentElement;
  const { up, words } = document.currentScript.dataset;
  const say = JSON.parse(words);

  // A page from a file may not be allowed to keep anything.
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const apply = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.colours = choice;
    else delete root.dataset.colours;
  };
  apply(kept()); // before anything is drawn

  const element = (name, properties) =>
    Object.assign(document.createElement(name), properties);

  const addChoice = (tools) => {
    const select = element("select");
    select.append(
      ...["system", "light", "dark"].map((value) =>
        element("option", { value, text: say[value] })
      ),
    );
    select.value = root.dataset.colours ?? "system";
    select.addEventListener("change", () => {
      apply(select.value);
      try {
        localStorage.setItem(KEY, select.value);
      } catch {
        // Then the choice holds for this page.
      }
    });
    const label = element("label", { textContent: `${say.colours} ` });
    label.append(select);
    tools.append(label);
  };

  const addSearch = (tools) => {
    const form = element("form", { action: `${up}search.html` });
    form.setAttribute("role", "search");
    const input = element("input", { name: "q", type: "search" });
    input.placeholder = say.search;
    input.setAttribute("aria-label", say.search);
    form.append(input);
    tools.append(form);
  };

  const addCopyButton = (pre) => {
    const button = element("button", { type: "button", textContent: say.copy });
    button.className = "copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.innerText.trimEnd());
        button.textContent = say.copied;
      } catch {
        // Where a page may not write there, the code is marked, to be copied by keys.
        getSelection().selectAllChildren(pre);
        button.textContent = say.marked;
      }
      setTimeout(() => button.textContent = say.copy, 2_000);
    });
    pre.parentElement.before(button);
  };

  // What scrolls can be reached by key, and shows where it goes on.
  const BOXES = "pre, .wide, .text_cell_render table, math[display=block]";
  const markScrolling = (box) => {
    const rest = box.scrollWidth - box.clientWidth;
    const scrolls = rest > 1;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    box.classList.toggle("scrolls", scrolls);
    box.classList.toggle("goes-on", scrolls && box.scrollLeft < rest - 1);
  };
  const markAll = () => document.querySelectorAll(BOXES).forEach(markScrolling);

  addEventListener("DOMContentLoaded", () => {
    const tools = element("div", { className: "tools" });
    document.querySelector("nav").append(tools);
    if (root.dataset.search === "yes") addSearch(tools);
    addChoice(tools);
    document.querySelectorAll(".input_area pre").forEach(addCopyButton);
    markAll();
    for (const box of document.querySelectorAll(BOXES)) {
      box.addEventListener("scroll", () => markScrolling(box));
    }
  });
  addEventListener("load", markAll);
  addEventListener("resize", markAll);
  // What is unfolded was not measured before.
  addEventListener("toggle", markAll, { capture: true });
}
