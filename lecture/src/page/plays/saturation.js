// The generator U[t, t + 1] on a slider, and three measures of its distance from the data.
Stage.plays.saturation = (stage, data) => {
  const { svg, html, number } = Fenchel;
  const { step } = data, last = data.jsd.length - 1, LN_2 = Math.LN2;
  const WIDTH = Stage.width(stage), HEIGHT = 130, x = (t) => 30 + (t / 6) * (WIDTH - 60);
  const drawing = Stage.drawing(stage, { width: WIDTH, height: HEIGHT, label: "Density of the data on [0, 1] and of the generator on [t, t + 1]" });
  drawing.append(svg("path", { class: "axis", d: `M0 ${HEIGHT - 24}H${WIDTH}` }));
  for (let t = 0; t <= 6; t++) {
    const name = svg("text", { x: x(t), y: HEIGHT - 6, "text-anchor": "middle" });
    name.textContent = t;
    drawing.append(name);
  }
  const box = (law) => svg("path", { class: `law law-${law}` });
  const p = box("p"), q = box("q");
  const shape = (t) => `M${x(t)} ${HEIGHT - 24}V26H${x(t + 1)}V${HEIGHT - 24}`;
  p.setAttribute("d", shape(0));
  const grip = svg("circle", { class: "handle handle-q", r: 11, cy: 26 });
  drawing.append(p, q, grip);
  const row = html("div", { class: "sliders all" });
  const show = Stage.readings(stage, [["jsd", "JSD"], ["tv", "TV"], ["w1", "W1"], ["kl", "KL(p ‖ q)"]]);
  stage.append(row);
  const slider = Stage.slider(row, { name: "shift t", high: last, at: 30, words: (k) => (k * step).toFixed(2), moved: draw });
  const seek = (t) => { const k = Math.max(0, Math.min(last, Math.round(t / step))); slider.set(k); draw(k); };
  const panels = html("div", { class: "stage two" });
  stage.append(panels);
  const left = html("div"), right = html("div");
  panels.append(left, right);
  const ts = data.jsd.map((_, k) => k * step);
  const flat = Fenchel.curves(left, {
    label: "JSD and total variation by the shift: both stand still from t = 1 on", x: "shift t", y: "", seek,
    range: { x: [0, 5], y: [0, 1.15] }, guides: [[LN_2, "ln 2"]],
    series: [{ label: "JSD", style: 4 }, { label: "TV", style: 3 }],
  });
  const grows = Fenchel.curves(right, {
    label: "W1 by the shift: it grows as t", x: "shift t", y: "", seek, range: { x: [0, 5], y: [0, 5.2] },
    series: [{ label: "W1", style: 2 }],
  });
  flat.set(ts, [data.jsd, data.tv]);
  grows.set(ts, [data.w1]);
  function draw(k) {
    const t = k * step;
    q.setAttribute("d", shape(t));
    grip.setAttribute("cx", x(t + 0.5));
    show({ jsd: data.jsd[k], tv: data.tv[k], w1: data.w1[k], kl: number(data.kl[k]) });
    flat.mark(t, [data.jsd[k], data.tv[k]]);
    grows.mark(t, [data.w1[k]]);
  }
  let held = false;
  grip.addEventListener("pointerdown", (event) => { held = true; drawing.setPointerCapture(event.pointerId); event.preventDefault(); });
  drawing.addEventListener("pointermove", (event) => { if (held) seek(((drawing.place(event)[0] - 30) / (WIDTH - 60)) * 6 - 0.5); });
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => { held = false; });
  draw(30);
};
