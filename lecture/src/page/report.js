"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A link into a table that is folded opens it.
  const opened = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details");
    if (folded && !folded.open) { folded.open = true; target.scrollIntoView(); }
    else if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", opened);
  opened();

  // Copying.
  for (const tools of all(".copy")) tools.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const text = button.nextElementSibling.content.textContent, name = button.textContent;
    try { await navigator.clipboard.writeText(text); }
    catch {
      // a browser that keeps the clipboard from files
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = name; }, 1200);
  });

  // The chapter that is being read.
  const items = new Map(all("nav ol > li > a").map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const here = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      for (const [id, a] of items) {
        const is = id === entry.target.id;
        a.parentElement.classList.toggle("here", is);
        if (is) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
      }
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const section of all("main > section")) here.observe(section);

  // Search: every word must stand in a heading, a paragraph, a caption or a claim.
  const box = document.getElementById("search"), found = document.getElementById("found");
  box.closest(".search").hidden = false;
  const places = all("main h2, main h3, main p, figcaption, tr[id], aside").map((element) => ({ element, text: element.textContent.toLowerCase() }));
  const shown = (element) => {
    const text = element.textContent.replace(/\s+/g, " ").trim();
    return text.length > 90 ? text.slice(0, 88) + "…" : text;
  };
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    if (!words.length) return;
    const hits = places.filter(({ text }) => words.every((word) => text.includes(word)));
    for (const { element } of hits.slice(0, 20)) {
      const item = document.createElement("li"), link = document.createElement("a");
      if (!element.id && !element.closest("figure")) element.id = "found-" + places.findIndex((place) => place.element === element);
      link.href = "#" + (element.id || element.closest("figure").id);
      link.textContent = shown(element);
      item.append(link);
      found.append(item);
    }
    if (hits.length !== 1) {
      const count = document.createElement("li");
      count.textContent = hits.length ? `${hits.length} places` : "Nothing has these words.";
      found.append(count);
    }
  });
})();
