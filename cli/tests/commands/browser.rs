//! The pages in a real browser, without a window: nothing is asked for and nothing is complained of.
//!
//! A page forbids itself every request (its Content-Security-Policy), so one that it tried would stand on the console.

use crate::common::Place;
use std::path::Path;
use std::process::Command;

/// The names that Chromium goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn browser() -> Option<&'static str> {
    let found = BROWSERS
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success()));
    if found.is_none() {
        eprintln!("skipped: no Chromium is installed");
    }
    found
}

/// What stands on the page once it is loaded, and the lines on its console.
fn opened(browser: &str, page: &Path, profile: &Path) -> (String, Vec<String>) {
    let ran = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
        ])
        .args(["--enable-logging=stderr", "--virtual-time-budget=3000", "--window-size=390,844", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&ran.stdout).into_owned(), console)
}

#[test]
fn the_pages_ask_for_nothing_and_complain_of_nothing() {
    let Some(browser) = browser() else { return };
    let rows = |shift: f64| (0..60).map(|i| format!("{},{}\n", (i % 7) as f64 + shift, (i * i % 11) as f64)).collect();
    let (real, generated): (String, String) = (rows(0.0), rows(1.5));
    let place = Place::new(&[("real.csv", &real), ("generated.csv", &generated)]);
    place.run("score real.csv generated.csv --metrics frechet,energy,prdc --out scores");
    place.run("reproduce --chapter likelihood");
    for (page, says) in [("scores/index.html", "frechet"), ("report/index.html", "likelihood")] {
        let (text, console) = opened(browser, &place.path(page), &place.path("profile"));
        assert!(text.contains("<svg") && text.contains(says), "{page} was not shown");
        assert_eq!(console, Vec::<String>::new(), "{page}");
    }

    // the same page with a picture from elsewhere is caught, so the above could have failed
    let page = std::fs::read_to_string(place.path("scores/index.html")).unwrap();
    let planted = page.replace("<header>", "<header><img src=\"https://example.invalid/x.png\">");
    assert!(planted != page);
    std::fs::write(place.path("planted.html"), planted).unwrap();
    let (_, console) = opened(browser, &place.path("planted.html"), &place.path("profile"));
    assert!(console.iter().any(|line| line.contains("example.invalid")), "{console:?}");
}

/// The page of a run draws its curves and samples by its own script, while the run goes on and afterwards.
#[test]
fn the_page_of_a_run_is_drawn() {
    let Some(browser) = browser() else { return };
    let place = Place::new(&[]);
    place.run("train ring8 --preset plain --steps 300 --watch-every 50 --score-every 100 --out points");
    place.run("train digits --game began --batch 16 --steps 60 --watch-every 20 --score-every 20 --out pictures");
    for (run, says) in [("points", "high quality"), ("pictures", "frechet")] {
        let page = place.path(run).join("index.html");
        let (text, console) = opened(browser, &page, &place.path("profile"));
        assert!(text.contains(says) && text.contains("class=\"u-over\""), "{run} was not drawn");
        assert!(text.contains("Completed after"), "{run}");
        let source = if run == "points" { "src=\"data:image/svg+xml," } else { "src=\"data:image/png;base64," };
        assert!(text.contains(source), "{run} shows no samples");
        assert_eq!(console, Vec::<String>::new(), "{run}");
    }
}

/// The script that plays with a report; none where Python has no Playwright.
fn player(report: &Path) -> Option<Command> {
    let python = "python3";
    let asked = Command::new(python).args(["-c", "import playwright"]).output();
    if !asked.is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: python3 has no playwright (pip install playwright)");
        return None;
    }
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/report.py")).arg(report);
    Some(command)
}

/// Every number that the page shows while it is dragged and slid is that of the claims, on a desk and on a phone.
#[test]
fn the_report_can_be_played_with() {
    if browser().is_none() {
        return;
    }
    let place = Place::new(&[]);
    let report = place.path("report");
    let Some(mut script) = player(&report) else { return };
    let ran = place.run("reproduce --chapter likelihood,game,fgan,saturation,wasserstein");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let played = script.output().unwrap();
    let said = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(played.status.success(), "{said}{}", String::from_utf8_lossy(&played.stderr));
    assert!(said.contains("densities, generators, saturation, sinkhorn"), "{said}");

    // a number that is not the library's, something on the console and a request are each found
    let page = std::fs::read_to_string(report.join("index.html")).unwrap();
    let wrong = page.replacen("\"exact\":0.", "\"exact\":1.", 1).replacen(
        "<main",
        "<script>console.log('planted')</script><img src=\"https://example.invalid/x.png\" alt=\"\"><main",
        1,
    );
    std::fs::write(report.join("index.html"), wrong).unwrap();
    let played = script.output().unwrap();
    let said = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(!played.status.success(), "{said}");
    for fault in ["the exact cost: the page shows 1.", "console: planted", "example.invalid"] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}
