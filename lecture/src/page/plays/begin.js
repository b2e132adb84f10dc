for (const figure of document.querySelectorAll("[data-play]")) {
  const draw = Stage.plays[figure.dataset.play];
  if (!draw) continue;
  figure.hidden = false;
  draw(figure.querySelector(".stage"), JSON.parse(figure.querySelector("script").textContent));
}
