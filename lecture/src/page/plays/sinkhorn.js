// The five piles under Sinkhorn's regularisation.
Stage.plays.sinkhorn = (stage, data) => {
  const { svg, html, short, number } = Fenchel;
  stage.classList.add("two");
  const left = html("div"), right = html("div");
  const CELL = 56, EDGE = 50, SIZE = EDGE + 5 * CELL + 40;
  stage.append(left, right);
  const drawing = Stage.drawing(left, { width: SIZE, height: SIZE, label: "The plan as a matrix: from which pile, to which hole, darker for more mass" });
  const word = (x, y, text, more = {}) => {
    const made = svg("text", { x, y, class: "cell-text", ...more });
    made.textContent = text;
    drawing.append(made);
    return made;
  };
  word(EDGE + 2.5 * CELL, 14, "to position (mass wanted below)");
  word(14, EDGE + 2.5 * CELL, "from position", { transform: `rotate(-90 14 ${EDGE + 2.5 * CELL})` });
  const cells = data.plans[0].map((_, k) => {
    const x = EDGE + (k % 5) * CELL, y = EDGE + Math.floor(k / 5) * CELL;
    const box = svg("rect", { x, y, width: CELL, height: CELL, stroke: "var(--line)" });
    drawing.append(box);
    return { box, text: word(x + CELL / 2, y + CELL / 2, "") };
  });
  for (let k = 0; k < 5; k++) {
    word(EDGE + (k + 0.5) * CELL, EDGE - 12, k);
    word(EDGE - 14, EDGE + (k + 0.5) * CELL, k);
    word(EDGE + 5 * CELL + 20, EDGE + (k + 0.5) * CELL, data.piles[k]);
    word(EDGE + (k + 0.5) * CELL, EDGE + 5 * CELL + 16, data.target[k]);
  }
  const most = Math.max(...data.piles, ...data.target);
  const last = data.epsilon.length - 1;
  const seek = (epsilon) => {
    let near = 0;
    data.epsilon.forEach((e, k) => { if (Math.abs(Math.log(e / epsilon)) < Math.abs(Math.log(data.epsilon[near] / epsilon))) near = k; });
    slider.set(near);
    draw(near);
  };
  const costs = Fenchel.curves(right, {
    label: "Cost of the entropic plan by epsilon, and the bracket of the exact cost that it proves", x: "ε", y: "", log: { x: true }, height: 260, seek,
    range: { x: [0.01, 10] }, guides: [[number(data.exact), "exact"]],
    series: [{ label: "cost of the entropic plan", style: 0 }, { label: "proven: at most", style: 1 }, { label: "proven: at least", style: 2 }],
  });
  costs.set(data.epsilon, [data.linear, data.primal, data.dual]);
  const show = Stage.readings(stage, [["epsilon", "ε"], ["linear", "⟨P, c⟩"], ["dual", "W ≥"], ["primal", "W ≤"], ["exact", "W, exact"]]);
  const row = html("div", { class: "sliders all" });
  stage.append(row);
  const slider = Stage.slider(row, { name: "regularisation ε", high: last, at: 25, words: (k) => short(data.epsilon[k], 2), moved: draw });
  function draw(k) {
    cells.forEach(({ box, text }, j) => {
      const mass = data.plans[k][j], share = Math.min(1, mass / most);
      box.setAttribute("fill", "var(--style-0)");
      box.setAttribute("fill-opacity", share.toFixed(3));
      text.textContent = mass < 5e-4 ? "" : mass.toFixed(3);
      text.style.fill = share > 0.55 ? "var(--paper)" : "var(--ink)";
    });
    costs.mark(data.epsilon[k], [data.linear[k], data.primal[k], data.dual[k]]);
    show({ epsilon: data.epsilon[k], linear: data.linear[k], dual: data.dual[k], primal: data.primal[k], exact: number(data.exact) });
  }
  draw(25);
};
