for (const figure of document.querySelectorAll("[data-play]")) {
  const play = Stage.plays[figure.dataset.play];
  if (!play) continue;
  figure.hidden = false;
  const stage = figure.querySelector(".stage"), data = JSON.parse(figure.querySelector("script").textContent);
  let width = stage.clientWidth;
  play(stage, data);
  // a phone that is turned gets the drawing anew
  new ResizeObserver(() => {
    if (stage.clientWidth === 0 || Math.abs(stage.clientWidth / width - 1) < 0.25) return;
    width = stage.clientWidth;
    stage.replaceChildren();
    stage.className = "stage";
    play(stage, data);
  }).observe(stage);
}
