"use strict";
const run = JSON.parse(document.getElementById("data").textContent);
const id = (name) => document.getElementById(name);
const SVG = "http://www.w3.org/2000/svg";
const node = (name, set, parent) => {
  const made = document.createElementNS(SVG, name);
  for (const key in set) made.setAttribute(key, set[key]);
  if (parent) parent.append(made);
  return made;
};
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const short = (x) => {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(1).replace("e+", "e");
  return Number(x.toPrecision(3)).toString();
};

// The steps that can be shown: those of the pictures, or those of the curves where there are none.
const steps = run.frames.length
  ? run.frames.map((frame) => frame.step)
  : [...new Set(run.charts.flatMap((chart) => chart.series.flatMap((s) => s.points.map((p) => p[0]))))].sort((a, b) => a - b);
const last = Math.max(run.step, ...steps, 1);
let current = steps.length - 1;

// The value of a curve at a step: that of the last point up to it.
const valueAt = (points, step) => {
  let found = null;
  for (const point of points) { if (point[0] <= step) found = point[1]; else break; }
  return found ?? (points.length ? points[0][1] : null);
};

function ticks(low, high, log) {
  const found = [];
  if (log) {
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const m of high / low > 100 ? [1] : [1, 2, 5]) { const t = m * 10 ** e; if (t >= low * 0.999 && t <= high * 1.001) found.push(t); }
    while (found.length > 5) for (let k = found.length - 2; k > 0; k -= 2) found.splice(k, 1);
    // a narrow span may hold none of these
    if (found.length < 2) return ticks(low, high, false);
    return found;
  }
  const rough = (high - low) / 3, unit = 10 ** Math.floor(Math.log10(rough));
  const pace = [1, 2, 5, 10].map((m) => m * unit).find((m) => m >= rough);
  for (let t = Math.ceil(low / pace) * pace; t <= high + pace * 1e-9; t += pace) found.push(Math.abs(t) < pace * 1e-9 ? 0 : t);
  return found;
}

class Chart {
  constructor(of, parent) {
    this.of = of;
    const box = document.createElement("div");
    box.className = "chart";
    const title = document.createElement("h2");
    title.textContent = of.title;
    this.keys = document.createElement("ul");
    this.keys.className = "keys";
    this.svg = node("svg", { role: "img", "aria-label": of.title + " by step" });
    box.append(title, this.keys, this.svg);
    parent.append(box);
    this.values = of.series.map((series, k) => {
      const item = document.createElement("li");
      const swatch = node("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, item);
      node("path", { d: "M0 4H24", class: "line s" + (k % 4), "stroke-dasharray": DASHES[k % 4] }, swatch);
      const value = document.createElement("b"), floor = document.createElement("small");
      item.append(series.name.replaceAll("_", " ") + " ", value, floor);
      if (series.floor !== null) floor.textContent = " (real " + short(series.floor) + ")";
      this.keys.append(item);
      return value;
    });
    this.svg.addEventListener("pointerdown", (event) => { this.seek(event); this.held = true; });
    this.svg.addEventListener("pointermove", (event) => { if (this.held || event.pointerType === "mouse") this.point(event); });
    this.svg.addEventListener("pointerleave", () => { this.held = false; show(current); });
    window.addEventListener("pointerup", () => { this.held = false; });
  }
  stepOf(event) {
    const box = this.svg.getBoundingClientRect();
    return Math.max(0, Math.min(last, ((event.clientX - box.left - this.left) / (box.width - this.left - 6)) * last));
  }
  point(event) {
    if (this.held) return this.seek(event);
    const step = this.stepOf(event);
    for (const chart of charts) chart.mark(step);
  }
  seek(event) {
    const step = this.stepOf(event);
    let near = 0;
    steps.forEach((s, k) => { if (Math.abs(s - step) < Math.abs(steps[near] - step)) near = k; });
    show(near);
  }
  draw() {
    const { series, log } = this.of;
    const width = this.svg.clientWidth, height = this.svg.clientHeight;
    this.left = 46;
    const [top, bottom, right] = [6, height - 20, width - 6];
    let all = series.flatMap((s) => s.points.map((p) => p[1]).concat(s.floor === null ? [] : [s.floor]));
    if (log) all = all.filter((v) => v > 0);
    this.svg.replaceChildren();
    if (!all.length) return;
    let low = Math.min(...all), high = Math.max(...all);
    if (log) { low /= 1.15; high *= 1.15; } else { const room = (high - low || Math.abs(high) || 1) * 0.08; low -= room; high += room; }
    const place = log ? Math.log : (v) => v;
    const x = (step) => this.left + ((right - this.left) * step) / last;
    const y = (v) => bottom - ((bottom - top) * (place(Math.max(v, log ? low : v)) - place(low))) / (place(high) - place(low));
    this.x = x;
    for (const tick of ticks(low, high, log)) {
      node("path", { d: `M${this.left} ${y(tick)}H${right}`, class: "rule" }, this.svg);
      node("text", { x: this.left - 6, y: y(tick) + 4, "text-anchor": "end" }, this.svg).textContent = short(tick);
    }
    for (const tick of ticks(0, last, false).filter((t) => t <= last))
      node("text", { x: x(tick), y: height - 4, "text-anchor": tick === 0 ? "start" : tick > last * 0.97 ? "end" : "middle" }, this.svg).textContent = tick.toLocaleString("en");
    series.forEach((s, k) => {
      const path = s.points.map((p, i) => (i ? "L" : "M") + x(p[0]).toFixed(1) + " " + y(p[1]).toFixed(1)).join("");
      if (s.floor !== null) node("path", { d: `M${this.left} ${y(s.floor)}H${right}`, class: "floor s" + (k % 4) }, this.svg);
      const drawn = s.points.length === 1 ? path + "h2" : path;
      node("path", { d: drawn, class: "line s" + (k % 4), "stroke-dasharray": DASHES[k % 4] }, this.svg);
    });
    this.cursor = node("path", { class: "cursor", d: "" }, this.svg);
    this.span = [top, bottom];
  }
  mark(step) {
    if (this.cursor) this.cursor.setAttribute("d", `M${this.x(step)} ${this.span[0]}V${this.span[1]}`);
    this.of.series.forEach((s, k) => { const v = valueAt(s.points, step); this.values[k].textContent = v === null ? "–" : short(v); });
  }
}

const charts = run.charts.map((chart) => new Chart(chart, id("charts")));

function show(k) {
  current = k;
  const step = steps[k] ?? run.step;
  id("slider").value = k;
  id("at").textContent = "step " + step.toLocaleString("en");
  id("slider").setAttribute("aria-valuetext", "step " + step);
  const frame = run.frames[k];
  if (frame) {
    id("picture").src = frame.svg ? "data:image/svg+xml," + encodeURIComponent(frame.svg) : "data:image/png;base64," + frame.png;
    id("picture").alt = "Generated samples after " + step + " steps";
  }
  for (const chart of charts) chart.mark(step);
  // an earlier step survives a reload
  try { history.replaceState(null, "", k === steps.length - 1 ? "#" : "#" + step); } catch { /* a browser that forbids it for files */ }
}

function drawAll() {
  for (const chart of charts) chart.draw();
  show(current);
}

if (steps.length) {
  id("time").hidden = false;
  id("slider").max = steps.length - 1;
  id("slider").addEventListener("input", (event) => show(Number(event.target.value)));
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; id("play").textContent = "▶"; id("play").setAttribute("aria-label", "Play"); };
  id("play").addEventListener("click", () => {
    if (timer) return stop();
    if (current === steps.length - 1) show(0);
    id("play").textContent = "❚❚";
    id("play").setAttribute("aria-label", "Pause");
    timer = setInterval(() => (current < steps.length - 1 ? show(current + 1) : stop()), 150);
  });
  const asked = steps.indexOf(Number(location.hash.slice(1)));
  if (asked >= 0) current = asked;
}
if (run.frames.length) {
  id("samples").hidden = false;
  if (run.frames[0].png) id("picture").classList.add("grid");
  else id("key").innerHTML = '<span class="made">generated</span><span class="real">real</span>';
} else document.querySelector("main").classList.add("alone");
drawAll();
new ResizeObserver(drawAll).observe(id("charts"));

// While the run goes on the page is read again, unless somebody looks at an earlier step.
if (run.status === "running")
  setInterval(() => { if (!document.hidden && current === steps.length - 1) location.reload(); }, 15000);
