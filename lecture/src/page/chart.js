"use strict";
// What the pages share: elements, numbers as text, and curves in the styles of the figures, drawn by uPlot.
const Fenchel = (() => {
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [5, 2, 2, 2, 2, 2], [4, 2]];
  const sheet = document.createElement("template");
  sheet.innerHTML = "<svg></svg>";
  const SVG = sheet.content.firstChild.namespaceURI;

  const fill = (made, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  // A number of a page: infinities are words there.
  const number = (x) => (x === "inf" ? Infinity : x === "-inf" ? -Infinity : x);
  const short = (x, digits = 4) => {
    if (x === null || Number.isNaN(x)) return "–";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    const size = Math.abs(x);
    if (size < 1e-12) return "0";
    const text = size >= 1e6 || size < 1e-3 ? x.toExponential(digits - 1).replace("e+", "e") : Number(x.toPrecision(digits)).toString();
    return text.replace("-", "−").replace("e−", "e-");
  };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = new Set();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const chart of charts) chart.redraw(false); });

  // The sample of a style beside its name.
  const key = (label, style, value) => {
    const swatch = svg("svg", { viewBox: "0 0 30 8", width: 30, height: 8, "aria-hidden": "true" },
      svg("path", { d: "M1 4H29", stroke: `var(--style-${style % 7})`, "stroke-width": 2, fill: "none", "stroke-dasharray": DASHES[style % 7].join(" ") }));
    return html("li", {}, swatch, " " + label + (value ? " " : ""), ...(value ? [value] : []));
  };

  // Curves over one axis. `series` are { label, style, points, dots }; `guides` are heights with a name.
  function curves(parent, { label, x, y, log = {}, series, height = 190, range = {}, guides = [], keys = true, gaps = true, seek }) {
    const values = series.map(() => html("b"));
    const list = html("ul", { class: "keys" });
    if (keys) series.forEach((s, k) => list.append(key(s.label, s.style, values[k])));
    const box = html("div", { class: "chart", role: "img", "aria-label": label });
    parent.append(list, box);
    const line = { stroke: () => colour("--soft"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
      grid: { stroke: () => colour("--grid"), width: 1 }, ticks: { stroke: () => colour("--grid"), width: 1, size: 4 } };
    const numbers = (_, splits) => splits.map((v) => (v === null ? "" : short(v, 6)));
    const mark = html("div", { class: "mark-line", hidden: "" });
    let marked = null;
    function place(u) {
      if (marked === null) return;
      const left = u.valToPos(marked, "x");
      mark.hidden = !(left >= -1 && left <= u.over.clientWidth + 1);
      mark.style.left = left + "px";
    }
    // what is shown of y, guides included, with some room
    const heights = (_, low, high) => {
      if (!(Number.isFinite(low) && Number.isFinite(high)) || (log.y && low <= 0)) return [log.y ? 1 : 0, log.y ? 10 : 1];
      low = Math.min(low, ...guides.map(([at]) => at));
      high = Math.max(high, ...guides.map(([at]) => at));
      const room = (high - low || Math.abs(high) || 1) * 0.08;
      // the ticks of a logarithmic axis need ends that are multiples of a power of ten
      return log.y ? uPlot.rangeLog(low, high, 10, false) : [low - room, high + room];
    };
    const scale = (axis) => ({
      ...(axis === "x" ? { time: false } : {}),
      ...(log[axis] ? { distr: 3 } : {}),
      ...(range[axis] ? { range: () => range[axis] } : axis === "y" ? { range: heights } : {}),
    });
    const chart = new uPlot({
      width: Math.max(box.clientWidth, 200), height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: scale("x"), y: scale("y") },
      axes: [{ ...line, label: x, labelSize: 18, size: 32, values: numbers }, { ...line, label: y, labelSize: 18, size: 52, values: numbers }],
      series: [{}, ...series.map((s) => ({
        label: s.label, width: 2, dash: DASHES[s.style % 7], stroke: () => colour(`--style-${s.style % 7}`),
        points: { show: Boolean(s.dots), size: 5 }, spanGaps: !gaps,
      }))],
      hooks: { draw: [(u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colour("--guide");
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        ctx.textAlign = "right";
        for (const [at, name] of guides) {
          const top = u.valToPos(at, "y", true);
          ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
          ctx.beginPath();
          ctx.moveTo(bbox.left, top);
          ctx.lineTo(bbox.left + bbox.width, top);
          ctx.stroke();
          ctx.fillText(name, bbox.left + bbox.width - 4, top - 4 * devicePixelRatio);
        }
        ctx.restore();
      }, place] },
    }, [[0, 1], ...series.map(() => [null, null])], box);
    charts.add(chart);
    new ResizeObserver(() => { if (box.clientWidth > 0) chart.setSize({ width: box.clientWidth, height }); }).observe(box);
    chart.over.append(mark);
    if (seek) {
      const at = (event) => seek(chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, "x"));
      let held = false;
      chart.over.addEventListener("pointerdown", (event) => { held = true; at(event); });
      chart.over.addEventListener("pointermove", (event) => { if (held) at(event); });
      addEventListener("pointerup", () => { held = false; });
    }
    return {
      // `xs` ascending, and the heights of each curve; null leaves a gap.
      set(xs, ys) { chart.setData([xs, ...ys]); },
      // A vertical line, and the values there beside the names.
      mark(at, shown) {
        marked = at;
        place(chart);
        if (shown) shown.forEach((value, k) => { values[k].textContent = short(value); });
      },
      chart,
    };
  }

  return { html, svg, number, short, curves, key, colour };
})();
