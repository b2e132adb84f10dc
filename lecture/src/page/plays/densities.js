// Two normal laws to be dragged.
Stage.plays.densities = (stage, data) => {
  const { svg, number } = Fenchel;
  const WIDTH = Stage.width(stage), TOP = 250, FOOT = 30, VERDICT = 90, PLAN = 70;
  const HEIGHT = TOP + FOOT + VERDICT + 24 + PLAN + 16;
  const REACH = 7, MOST = data.farthest / 2;
  const { deviations, step } = data, n = deviations.length;
  const HIGHEST = 0.3989 / deviations[0];
  // means in steps from the middle, deviations by their number
  const laws = { p: { mean: -10, deviation: 3 }, q: { mean: 10, deviation: 3 } };

  const x = (value) => ((value + REACH) / (2 * REACH)) * WIDTH;
  const y = (density) => TOP - (density / HIGHEST) * (TOP - 24);
  const drawing = Stage.drawing(stage, { width: WIDTH, height: HEIGHT, label: "Densities of data p and generator q, the best discriminator D* below them, and the plan that moves q onto p" });
  for (let t = -6; t <= 6; t += 2) {
    drawing.append(svg("path", { class: "rule", d: `M${x(t)} 10V${TOP}M${x(t)} ${TOP + FOOT}V${TOP + FOOT + VERDICT}` }));
    const name = svg("text", { x: x(t), y: TOP + 18, "text-anchor": "middle" });
    name.textContent = String(t).replace("-", "−");
    drawing.append(name);
  }
  drawing.append(svg("path", { class: "axis", d: `M0 ${TOP}H${WIDTH}M0 ${TOP + FOOT + VERDICT}H${WIDTH}` }));
  drawing.append(svg("path", { class: "rule", d: `M0 ${TOP + FOOT + VERDICT / 2}H${WIDTH}` }));
  for (const [text, at] of [["p, q", 16], ["D* = 1", TOP + FOOT + 12], ["½", TOP + FOOT + VERDICT / 2 - 4], ["plan: from q above to p below", HEIGHT - PLAN - 14]]) {
    const name = svg("text", { x: 4, y: at });
    name.textContent = text;
    drawing.append(name);
  }
  const shapes = {}, handles = {};
  for (const law of ["p", "q"]) drawing.append((shapes[law] = svg("path", { class: `law law-${law}` })));
  const verdict = svg("path", { class: "verdict-line" });
  const plan = svg("g");
  drawing.append(verdict, plan);
  for (const law of ["p", "q"]) drawing.append((handles[law] = svg("circle", { class: `handle handle-${law}`, r: 11, "data-law": law })));

  const sliders = {};
  const row = Fenchel.html("div", { class: "sliders all" });
  const show = Stage.readings(stage, [
    ["jsd", "JSD", "Jensen-Shannon divergence, nats"], ["value", "V(D*, G)", "2 JSD − ln 4"], ["kl_pq", "KL(p ‖ q)"], ["kl_qp", "KL(q ‖ p)"],
    ["tv", "TV", "total variation"], ["w1", "W1", "earth mover’s distance"],
  ]);
  stage.append(row);
  const minus = (text) => text.replace("-", "−");
  for (const [law, name] of [["p", "data p"], ["q", "generator q"]]) {
    sliders[law] = {
      mean: Stage.slider(row, { name: `mean of ${name}`, low: -MOST, high: MOST, at: laws[law].mean, words: (k) => minus((k * step).toFixed(1)), moved: (k) => { laws[law].mean = k; draw(); } }),
      deviation: Stage.slider(row, { name: `width of ${name}`, high: n - 1, at: laws[law].deviation, words: (k) => String(deviations[k]), moved: (k) => { laws[law].deviation = k; draw(); } }),
    };
  }

  const ln = (law, t) => {
    const s = deviations[law.deviation], z = (t - law.mean * step) / s;
    return -0.5 * z * z - Math.log(s) - 0.9189385332046727;
  };
  const path = (f) => {
    const points = [];
    for (let k = 0; k <= 300; k++) {
      const t = -REACH + (2 * REACH * k) / 300;
      points.push(`${x(t).toFixed(1)} ${f(t).toFixed(1)}`);
    }
    return points;
  };
  // the levels of the plan, and the quantiles of the standard normal law there
  const QUANTILES = [-1.96, -1.44, -1.15, -0.93, -0.76, -0.6, -0.45, -0.32, -0.19, -0.06, 0.06, 0.19, 0.32, 0.45, 0.6, 0.76, 0.93, 1.15, 1.44, 1.96];

  function draw() {
    const { p, q } = laws;
    for (const law of ["p", "q"]) {
      const curve = path((t) => y(Math.exp(ln(laws[law], t))));
      shapes[law].setAttribute("d", `M0 ${TOP}L${curve.join("L")}L${WIDTH} ${TOP}`);
      const mean = laws[law].mean * step;
      handles[law].setAttribute("cx", x(mean));
      handles[law].setAttribute("cy", y(Math.exp(ln(laws[law], mean))));
    }
    const bottom = TOP + FOOT + VERDICT;
    verdict.setAttribute("d", "M" + path((t) => bottom - VERDICT / (1 + Math.exp(ln(q, t) - ln(p, t)))).join("L"));
    plan.replaceChildren(...QUANTILES.map((z) => {
      const from = x(q.mean * step + deviations[q.deviation] * z), to = x(p.mean * step + deviations[p.deviation] * z);
      return svg("path", { class: "move", d: `M${from.toFixed(1)} ${HEIGHT - PLAN - 8}L${to.toFixed(1)} ${HEIGHT - 12}` });
    }));
    const apart = Math.abs(p.mean - q.mean);
    const there = data.pairs[p.deviation * n + q.deviation], back = data.pairs[q.deviation * n + p.deviation];
    show({
      jsd: there.jsd[apart], value: there.value[apart], tv: there.tv[apart], w1: there.w1[apart],
      kl_pq: number(there.kl[apart]), kl_qp: number(back.kl[apart]),
    });
  }

  let held = null;
  drawing.addEventListener("pointerdown", (event) => {
    const law = event.target.dataset && event.target.dataset.law;
    if (!law) return;
    held = law;
    drawing.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [left, top] = drawing.place(event);
    const mean = Math.round(((left / WIDTH) * 2 * REACH - REACH) / step);
    const density = (HIGHEST * (TOP - Math.min(top, TOP - 10))) / (TOP - 24);
    const wanted = Math.log(0.3989 / density);
    let near = 0;
    deviations.forEach((s, k) => { if (Math.abs(Math.log(s) - wanted) < Math.abs(Math.log(deviations[near]) - wanted)) near = k; });
    laws[held] = { mean: Math.max(-MOST, Math.min(MOST, mean)), deviation: near };
    sliders[held].mean.set(laws[held].mean);
    sliders[held].deviation.set(near);
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => { held = null; });
  draw();
};
