const run = JSON.parse(document.getElementById("data").textContent);
const id = (name) => document.getElementById(name);

// The steps that can be shown: those of the pictures, or those of the curves where there are none.
const steps = run.frames.length
  ? run.frames.map((frame) => frame.step)
  : [...new Set(run.charts.flatMap((chart) => chart.series.flatMap((s) => s.points.map((p) => p[0]))))].sort((a, b) => a - b);
let current = steps.length - 1;

// The value of a curve at a step: that of the last point up to it.
const valueAt = (points, step) => {
  let found = null;
  for (const point of points) { if (point[0] <= step) found = point[1]; else break; }
  return found ?? (points.length ? points[0][1] : null);
};

// One chart: its curves over the steps, what real samples score as guides, and the values at the step that is shown.
function chartOf(of) {
  const box = document.createElement("div"), title = document.createElement("h2");
  box.className = "curves";
  title.textContent = of.title;
  box.append(title);
  id("charts").append(box);
  const xs = [...new Set(of.series.flatMap((s) => s.points.map((p) => p[0])))].sort((a, b) => a - b);
  const positive = (value) => (of.log && value <= 0 ? null : value);
  const ys = of.series.map((s) => {
    const at = new Map(s.points);
    return xs.map((x) => positive(at.has(x) ? at.get(x) : null));
  });
  const name = (s) => s.name.replaceAll("_", " ") + (s.floor === null ? "" : ` (real ${Fenchel.short(s.floor, 3)})`);
  const curves = Fenchel.curves(box, {
    label: of.title + " by step", x: "", y: "", log: { y: of.log }, height: 190, seek: nearest, gaps: false,
    series: of.series.map((s, k) => ({ label: name(s), style: k })),
    guides: of.series.filter((s) => s.floor !== null && positive(s.floor) !== null).map((s) => [s.floor, "real"]),
  });
  curves.set(xs, ys);
  return (step) => curves.mark(step, of.series.map((s) => valueAt(s.points, step)));
}

// The step that can be shown nearest to one of the axis.
function nearest(step) {
  let near = 0;
  steps.forEach((s, k) => { if (Math.abs(s - step) < Math.abs(steps[near] - step)) near = k; });
  show(near);
}

const charts = run.charts.map(chartOf);

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
  for (const mark of charts) mark(step);
  // an earlier step survives a reload
  try { history.replaceState(null, "", k === steps.length - 1 ? "#" : "#" + step); } catch { /* a browser that forbids it for files */ }
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
show(current);

// While the run goes on the page is read again, unless somebody looks at an earlier step.
if (run.status === "running")
  setInterval(() => { if (!document.hidden && current === steps.length - 1) location.reload(); }, 15000);
