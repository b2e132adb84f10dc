"""Plays with a report in headless Chromium, and compares what it shows with its claims.

python3 cli/tests/browser/report.py FOLDER [SCREENSHOTS]

It needs the package playwright and a Chromium of the system. Whatever the page says on its console, every request, and every
number that is not that of claims.json is a failure.
"""

import json
import math
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]
folder = Path(sys.argv[1]).resolve()
pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
address = (folder / "index.html").as_uri()
claims = {claim["id"]: claim["measured"] for claim in json.loads((folder / "claims.json").read_text())["claims"]}
failures = []
checked = 0


def check(what, holds):
    global checked
    checked += 1
    if not holds:
        failures.append(what)


def near(what, found, expected, tolerance=1e-6):
    found, expected = float(found), float(expected)
    same = found == expected or abs(found - expected) <= tolerance * max(1.0, abs(expected))
    check(f"{what}: the page shows {found}, expected {expected}", same)


def opened(browser, **options):
    """A page that reports whatever it should not do."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.on("console", lambda message: failures.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: failures.append(f"error: {error}"))
    page.on("request", lambda request: None if request.url.split("#")[0] in (address, "data:,") else failures.append(f"request: {request.url[:100]}"))
    page.goto(address)
    return page


def reading(play, name):
    return float(play.locator(f"[data-reading={name}]").get_attribute("data-value").replace("Infinity", "inf"))


def slide(play, name, place):
    """Moves a slider as a person does who types: the page hears of the input."""
    slider = play.get_by_label(name, exact=True)
    slider.evaluate("(slider, place) => { slider.value = place; slider.dispatchEvent(new Event('input', { bubbles: true })); }", place)


def drag(page, handle, dx, dy):
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2, steps=4)
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def densities(page, play):
    slide(play, "mean of data p", -5)
    slide(play, "mean of generator q", 5)
    near("JSD of N(0, 1) and N(1, 1)", reading(play, "jsd"), claims["B9.2"])
    near("V(D*, G) there", reading(play, "value"), claims["B9"])
    near("KL there", reading(play, "kl_pq"), 0.5)
    near("W1 there", reading(play, "w1"), 1.0)
    slide(play, "mean of data p", 0)
    slide(play, "mean of generator q", 10)
    slide(play, "width of generator q", 5)
    near("KL of N(0, 1) from N(1, 2²)", reading(play, "kl_pq"), claims["A6.2"] if "A6.2" in claims else math.log(2) - 0.25)
    near("KL the other way", reading(play, "kl_qp"), 2.0 - math.log(2))
    slide(play, "width of generator q", 3)
    before = {name: reading(play, name) for name in ("jsd", "w1", "tv")}
    drag(page, play.locator("[data-law=q]"), -60, 0)
    after = {name: reading(play, name) for name in ("jsd", "w1", "tv")}
    check(f"dragging q towards p lowers all: {before} {after}", all(after[name] < before[name] for name in before))
    wide = play.get_by_label("width of generator q", exact=True).input_value()
    drag(page, play.locator("[data-law=q]"), 0, 25)
    check("dragging the peak down makes the law wider", int(play.get_by_label("width of generator q", exact=True).input_value()) > int(wide))


def saturation(page, play):
    slide(play, "shift t", 30)
    for name, claim in (("jsd", "E4"), ("w1", "E4.2"), ("tv", "E4.3")):
        near(f"{name} at t = 0.3", reading(play, name), claims[claim])
    for k, place in enumerate((100, 200)):
        slide(play, "shift t", place)
        near(f"JSD at t = {place / 100}", reading(play, "jsd"), claims["E4.5"][k])
        near(f"W1 at t = {place / 100}", reading(play, "w1"), claims["E4.6"][k])
    check("KL is infinite", math.isinf(reading(play, "kl")))
    slider = play.get_by_label("shift t", exact=True)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    near("W1 after a key", reading(play, "w1"), 1.99)
    drag(page, play.locator(".handle"), -80, 0)
    check("dragging the generator moves it", reading(play, "w1") < 1.9)


def generators(page, play):
    select = play.get_by_label("Divergence")
    # the oracles have f'(2) and f*(f'(2)) of the rows 1 to 9
    for row in range(1, 10):
        select.select_option(str(row))
        slide(play, "tangent at v", 78)
        slide(play, "ratio u", 78)
        near(f"T* at 2, row {row}", reading(play, "t"), claims["D5.2"][row - 1])
        near(f"f*(T*) at 2, row {row}", reading(play, "conjugate"), claims["D6.2"][row - 1])
        near(f"gap where u = v, row {row}", reading(play, "gap"), 0.0)
        slide(play, "ratio u", 20)
        check(f"the gap is positive elsewhere, row {row}", reading(play, "gap") > 0.0)


def sinkhorn(page, play):
    near("the exact cost", reading(play, "exact"), claims["F2.3"][0])
    costs = []
    for place in (0, 15, 30, 45, 60):
        slide(play, "regularisation ε", place)
        low, high = reading(play, "dual"), reading(play, "primal")
        check(f"the bracket holds the exact cost: {low} {high}", low <= claims["F2.3"][0] + 1e-7 and high >= claims["F2.3"][0] - 1e-7)
        costs.append(reading(play, "linear"))
    check(f"the cost of the entropic plan grows with ε: {costs}", all(a <= b + 1e-9 for a, b in zip(costs, costs[1:])))
    check("the plan is shown", sum(float(text) for text in play.locator("g text, svg > text").all_text_contents() if re.fullmatch(r"0\.\d{3}", text)) > 0.5)


def ring(page, play):
    told = re.search(r"; GAN: (\d+) modes, ([\d.]+) %", claims["D7.3"])
    near("modes in the end", reading(play, "modes"), told[1])
    near("share in the end", 100 * reading(play, "share"), told[2], 6e-4)
    slide(play, "time", 0)
    near("the first look", reading(play, "step"), 0)
    check("samples are drawn", play.locator(".dot").count() >= 100)
    play.get_by_role("button", name="Play").click()
    page.wait_for_timeout(700)
    check("the run plays", reading(play, "step") > 0)
    play.get_by_role("button", name="Stop").click()


PLAYS = {"densities": densities, "saturation": saturation, "generators": generators, "sinkhorn": sinkhorn, "ring": ring}


def reader(page):
    """What a reader does besides: searching, unfolding, copying, following links."""
    first = page.locator("details.wide").first
    check("claims are folded", first.get_attribute("open") is None)
    row = page.locator("tr[id^=claim-]").first
    page.evaluate("id => { location.hash = id; }", row.get_attribute("id"))
    page.wait_for_timeout(100)
    check("a link to a claim unfolds its table", row.is_visible())
    button = first.locator("[data-copies=LaTeX]")
    button.click()
    page.wait_for_timeout(100)
    check("a table is copied", button.text_content() == "Copied")
    page.get_by_label("Search").fill("the histogram")
    check("the search finds something", page.locator("#found a").count() > 0)
    page.get_by_label("Search").fill("xyzzy")
    check("and not everything", page.locator("#found a").count() == 0)
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    ids = set(page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    for link in set(links):
        if link.startswith("#"):
            check(f"{link} leads nowhere", link[1:] in ids)
        elif not link.startswith("https:"):
            file, _, line = link.partition("#")
            there = (folder / file).is_file()
            check(f"{link} is no file", there and (not line or f'id="{line}"' in (folder / file).read_text()))


def shape(page, width, name):
    across = page.evaluate("document.documentElement.scrollWidth")
    check(f"{name}: the page is {across} wide on {width}", across <= width)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.frame svg')].map(svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width * 120)
               .filter(size => size < 8.5).length"""
    )
    check(f"{name}: {small} figures have numbers smaller than 8.5 pixels", small == 0)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(pictures / f"{name}.png"), full_page=True)


with sync_playwright() as playwright:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    page = opened(browser, viewport={"width": 1280, "height": 900})
    there = page.locator("[data-play]").evaluate_all("all => all.map(play => play.dataset.play)")
    check("there is something to play with", len(there) > 0)
    for name in there:
        play = page.locator(f"[data-play={name}]")
        play.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
        PLAYS[name](page, play)
    shape(page, 1280, "wide-light")
    reader(page)
    shape(opened(browser, viewport={"width": 1280, "height": 900}, color_scheme="dark"), 1280, "wide-dark")
    shape(opened(browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), 390, "phone-light")
    shape(opened(browser, viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, is_mobile=True), 390, "phone-dark")
    figures = page.locator(".frame svg").count()
    page.emulate_media(media="print")
    check("things to play with are printed", page.locator(".play:visible").count() == 0)
    check("figures are not printed", page.locator(".frame svg:visible").count() == figures)
    if pictures:
        page.pdf(path=str(pictures / "print.pdf"), format="A4")
    plain = opened(browser, java_script_enabled=False)
    check("without a script there is something to play with", plain.locator(".play:visible").count() == 0)
    check("without a script figures are missing", plain.locator(".frame svg:visible").count() == figures)
    browser.close()

for failure in failures:
    print(failure)
print(f"{checked} checks, {len(failures)} failures, {', '.join(there)}")
sys.exit(1 if failures else 0)
