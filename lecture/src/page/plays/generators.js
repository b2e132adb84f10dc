// A choice of f: its tangent, its conjugate, and the gap between them.
Stage.plays.generators = (stage, data) => {
  const { html, number } = Fenchel;
  const { u, rows } = data;
  let row = rows[7], at = { u: 60, v: 100 };
  const select = html("select", { id: "generator-choice" });
  rows.forEach((r, k) => select.append(html("option", { value: k }, r.name)));
  select.value = 7;
  stage.append(html("div", { class: "all" }, html("label", { for: "generator-choice" }, "Divergence "), select));
  const panels = html("div", { class: "stage two" }), left = html("div"), right = html("div");
  panels.append(left, right);
  stage.append(panels);
  const sliders = html("div", { class: "sliders all" });
  const show = Stage.readings(stage, [
    ["f", "f(u)"], ["t", "t = f′(v)", "the slope of the tangent; T* where p/q = v"], ["conjugate", "f*(t)"], ["bound", "u t − f*(t)", "the tangent at u"], ["gap", "gap"],
  ]);
  stage.append(sliders);
  const words = (k) => String(Number(u[k]).toFixed(3));
  Stage.slider(sliders, { name: "ratio u", high: u.length - 1, at: at.u, words, moved: (k) => { at.u = k; draw(); } });
  Stage.slider(sliders, { name: "tangent at v", high: u.length - 1, at: at.v, words, moved: (k) => { at.v = k; draw(); } });
  const near = (x) => u.reduce((best, value, k) => (Math.abs(value - x) < Math.abs(u[best] - x) ? k : best), 0);
  const graph = Fenchel.curves(left, {
    label: "f and its tangent at v, which meets the vertical axis at minus f*(t)", x: "u", y: "", range: { x: [0, 4], y: [-3, 3] }, height: 230,
    seek: (x) => { at.u = near(x); sliders.querySelectorAll("input")[0].value = at.u; sliders.querySelectorAll("input")[0].dispatchEvent(new Event("input")); },
    series: [{ label: "f(u)", style: 0 }, { label: "tangent", style: 1 }],
  });
  const dual = Fenchel.curves(right, {
    label: "The conjugate f* by t, up to the end of its domain", x: "t", y: "", range: { x: [-3, 3], y: [-2, 4] }, height: 230,
    series: [{ label: "f*(t)", style: 2 }],
  });
  const inside = (value, low, high) => (value === null || !Number.isFinite(value) || value < low - 3 || value > high + 3 ? null : value);
  function draw() {
    const t = number(row.slope[at.v]), conjugate = number(row.conjugate[at.v]);
    graph.set([0, ...u], [[null, ...row.f.map((v) => inside(number(v), -3, 3))], [-conjugate, ...u.map((x) => x * t - conjugate)].map((v) => inside(v, -3, 3))]);
    const f = number(row.f[at.u]), bound = u[at.u] * t - conjugate;
    graph.mark(u[at.u], [f, bound]);
    dual.set(row.t, [row.of_t.map((v) => inside(number(v), -2, 4))]);
    dual.mark(t, [conjugate]);
    // a gap within the digits that the page holds is none
    const gap = f - bound, size = Math.max(1, Math.abs(f), Math.abs(bound));
    show({ f, t, conjugate, bound, gap: Math.abs(gap) < 4e-7 * size ? 0 : gap });
  }
  select.addEventListener("change", () => { row = rows[Number(select.value)]; draw(); });
  draw();
};
