// A run of the ring of eight, look by look.
Stage.plays.ring = (stage, data) => {
  const { svg, html } = Fenchel;
  stage.classList.add("two");
  const left = html("div"), right = html("div");
  stage.append(left, right);
  const SIZE = 400, x = (v) => SIZE / 2 + v * 120, y = (v) => SIZE / 2 - v * 120;
  const drawing = Stage.drawing(left, { width: SIZE, height: SIZE, label: "Samples of the generator and the centres of the eight modes" });
  drawing.append(svg("rect", { x: 0.5, y: 0.5, width: SIZE - 1, height: SIZE - 1, fill: "none", stroke: "var(--line)" }));
  const dots = svg("g");
  drawing.append(dots);
  const { centres, looks } = data;
  for (let k = 0; k < centres.length; k += 2) drawing.append(svg("circle", { class: "centre", cx: x(centres[k]), cy: y(centres[k + 1]), r: 7 }));
  const last = looks.length - 1, steps = looks.map((look) => look.step);
  const seek = (step) => {
    const near = steps.reduce((best, s, k) => (Math.abs(s - step) < Math.abs(steps[best] - step) ? k : best), 0);
    slider.set(near);
    draw(near);
  };
  const modes = Fenchel.curves(right, { label: "Modes found by step", x: "", y: "", height: 150, seek, range: { y: [0, 8.5] }, series: [{ label: "modes of eight", style: 0 }] });
  const share = Fenchel.curves(right, { label: "Share of samples within three deviations of a mode by step", x: "step", y: "", height: 170, seek, range: { y: [0, 1] }, series: [{ label: "share within 3σ of a mode", style: 1 }] });
  modes.set(steps, [looks.map((look) => look.modes)]);
  share.set(steps, [looks.map((look) => look.share)]);
  const show = Stage.readings(stage, [["step", "step"], ["modes", "modes"], ["share", "share within 3σ"]]);
  const row = html("div", { class: "sliders all" });
  stage.append(row);
  const slider = Stage.slider(row, { name: "time", high: last, at: last, words: (k) => steps[k].toLocaleString("en"), moved: (k) => { stop(); draw(k); } });
  const play = html("button", { type: "button" }, "Play");
  row.append(play);
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
  play.addEventListener("click", () => {
    if (timer) return stop();
    let k = slider.at === last ? 0 : slider.at;
    play.textContent = "Stop";
    const next = () => { slider.set(k); draw(k); if (++k > last) stop(); };
    timer = setInterval(next, 200);
    next();
  });
  function draw(k) {
    const { points } = looks[k];
    const made = [];
    for (let j = 0; j < points.length; j += 2) made.push(svg("circle", { class: "dot", cx: x(points[j] / 100), cy: y(points[j + 1] / 100), r: 2.5 }));
    dots.replaceChildren(...made);
    modes.mark(steps[k], [looks[k].modes]);
    share.mark(steps[k], [looks[k].share]);
    show({ step: steps[k], modes: looks[k].modes, share: looks[k].share });
  }
  draw(last);
};
