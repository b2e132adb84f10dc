// What the things to play with are made of: sliders, readings, drawings.
const Stage = (() => {
  const { html, svg, short } = Fenchel;

  // A slider with its name and its place as words.
  function slider(parent, { name, low = 0, high, at, words, moved }) {
    const id = "slider-" + slider.count++;
    const input = html("input", { type: "range", id, min: low, max: high, step: 1, value: at });
    const output = html("output", { for: id });
    parent.append(html("div", { class: "slider" }, html("label", { for: id }, name), input, output));
    const show = () => {
      output.textContent = words(Number(input.value));
      input.setAttribute("aria-valuetext", `${name} ${output.textContent}`);
    };
    input.addEventListener("input", () => { show(); moved(Number(input.value)); });
    show();
    return { set(k) { input.value = k; show(); }, get at() { return Number(input.value); }, input };
  }
  slider.count = 0;

  // Numbers with their names; `data-value` holds all their digits.
  function readings(parent, names) {
    const list = html("dl", { class: "readings all" });
    const cells = {};
    for (const [key, name, title] of names) {
      cells[key] = html("dd", { "data-reading": key });
      list.append(html("div", { title: title || "" }, html("dt", {}, name), cells[key]));
    }
    parent.append(list);
    return (values) => {
      for (const [key, value] of Object.entries(values)) {
        cells[key].textContent = short(value, 5);
        cells[key].dataset.value = value;
      }
    };
  }

  // The width of a drawing, so that its letters and handles have their own size on a phone too.
  const width = (stage) => Math.max(300, Math.min(900, Math.round(stage.clientWidth)));

  // A drawing of a size of its own, that is as wide as its place.
  function drawing(parent, { width, height, label }) {
    const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "drawing", role: "img", "aria-label": label });
    parent.append(made);
    // a place in the drawing of an event
    made.place = (event) => {
      const box = made.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    };
    return made;
  }

  return { slider, readings, drawing, width, plays: {} };
})();
