//! Every file in `examples/` is run, and its output is checked.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs an example, whose figure must be that of its page in the gallery.
fn run(example: &str) -> String {
    let drawn = std::env::temp_dir().join(format!("fenchel-{example}-{}.svg", std::process::id()));
    let text = run_with(example, &[drawn.to_str().expect("a path of letters")]);
    is_in_the_gallery(example, &drawn);
    text
}

fn run_with(example: &str, arguments: &[&str]) -> String {
    let output = Command::new(built(example)).args(arguments).current_dir(root()).output().expect("it starts");
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("an example prints text")
}

/// The program of an example. The whole workspace is named, since cargo would otherwise choose other features and build the dependencies
/// again.
fn built(example: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--quiet", "--message-format", "json", "--example", example])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("JSON");
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next_back().expect("a program")
}

/// The page shows what the example draws now; `GALLERY=draw` makes it so.
fn is_in_the_gallery(example: &str, drawn: &Path) {
    let page = root().join(format!("src/guide/gallery/{example}.svg"));
    let now = std::fs::read_to_string(drawn).unwrap_or_else(|why| panic!("{example} has drawn no figure: {why}"));
    std::fs::remove_file(drawn).expect("the figure goes away");
    // a blank line would end the block of HTML that a page has it in
    let now = now.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect::<String>();
    if std::env::var("GALLERY").is_ok_and(|what| what == "draw") {
        return std::fs::write(page, now).expect("the gallery can be written");
    }
    let then = std::fs::read_to_string(&page).unwrap_or_else(|why| panic!("{}: {why}", page.display()));
    let (now, then) = (words_and_numbers(&now), words_and_numbers(&then));
    // what is trained comes out otherwise on a machine with other instructions: only the words of its figure must agree
    let within = if example == "own_game" { f64::INFINITY } else { 2.0 };
    let alike = now.0 == then.0 && now.1.len() == then.1.len();
    let near = now.1.iter().zip(&then.1).all(|(a, b)| (a - b).abs() <= within);
    assert!(
        alike && near,
        "{example} draws another figure than its page shows; GALLERY=draw cargo test --test examples"
    );
}

/// What a figure says, and where everything in it is, in pixels.
fn words_and_numbers(svg: &str) -> (String, Vec<f64>) {
    let (mut words, mut numbers, mut number) = (String::new(), Vec::new(), String::new());
    // a colour is a word, although it may look like a number
    let mut in_colour = false;
    for letter in svg.chars().chain([' ']) {
        in_colour = letter == '#' || in_colour && letter.is_ascii_alphanumeric();
        if !in_colour && (letter.is_ascii_digit() || letter == '.' || letter == '-') {
            number.push(letter);
            continue;
        }
        match number.parse() {
            Ok(x) => numbers.push(x),
            Err(_) => words.push_str(&number),
        }
        number.clear();
        words.push(letter);
    }
    (words, numbers)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The numbers on the line that starts with `label`.
fn numbers(text: &str, label: &str) -> Vec<f64> {
    let line = text.lines().find(|l| l.trim_start().starts_with(label));
    let line = line.unwrap_or_else(|| panic!("no line starts with {label:?} in\n{text}")).trim_start();
    line[label.len()..].split_whitespace().filter_map(|w| w.parse().ok()).collect()
}

#[test]
fn jsd_saturates() {
    let text = run("jsd_saturates");
    for (t, jsd, tv) in [("0.25", 0.25 * 2f64.ln(), 0.25), ("2 ", 2f64.ln(), 1.0), ("100", 2f64.ln(), 1.0)] {
        let row = numbers(&text, t);
        assert!((row[0] - jsd).abs() < 1e-6 && (row[1] - tv).abs() < 1e-4, "{row:?}");
        assert!(row[2].is_infinite());
        assert!((row[3] - t.trim().parse::<f64>().unwrap()).abs() < 1e-4);
    }
}

#[test]
fn own_divergence() {
    let text = run("own_divergence");
    let value = numbers(&text, "value")[0];
    assert!((value - numbers(&text, "by hand")[0]).abs() < 1e-11);
    assert!((value - numbers(&text, "dual")[0]).abs() < 1e-9);
}

#[test]
fn optimal_discriminator() {
    let text = run("optimal_discriminator");
    let value = numbers(&text, "V(D*, G)")[0];
    assert!((value + 1.2424533248940002).abs() < 1e-14);
    assert!((value - numbers(&text, "-ln 4 + 2 JSD")[0]).abs() < 1e-14);
    assert_eq!(numbers(&text, "4 "), [0.0, 0.1667, 0.0]);
}

#[test]
fn certified_transport() {
    let text = run("certified_transport");
    let exact = numbers(&text, "exact");
    assert!((exact[0] - exact[1]).abs() < 1e-7);
    let mut width = f64::INFINITY;
    for epsilon in ["1", "0.3", "0.1", "0.03"] {
        let row = numbers(&text, &format!("sinkhorn {epsilon} "));
        assert!(row[0] <= exact[1] + 1e-7 && exact[0] - 1e-7 <= row[1], "the bracket misses the optimum: {row:?}");
        assert!(row[1] - row[0] < width, "the bracket does not narrow");
        width = row[1] - row[0];
    }
}

#[test]
fn score_samples() {
    let text = run("score_samples");
    let energy = |generator: &str| numbers(&text, &format!("{generator:<12} energy"));
    let (perfect, lost, blurred) = (energy("perfect"), energy("lost a mode"), energy("blurred"));
    assert!(lost[0] > perfect[0] + 5.0 * lost[1], "the lost mode goes unnoticed: {lost:?} {perfect:?}");
    assert!(blurred[0] > perfect[0], "{blurred:?} {perfect:?}");
    let recall = |generator: &str| numbers(&text, &format!("{generator:<12} recall"))[0];
    assert!(recall("lost a mode") < recall("perfect") - 0.1);
}

#[test]
fn trained_bound() {
    let text = run("trained_bound");
    let exact = 0.11142148218473618;
    assert!(numbers(&text, "untrained")[0] < 0.05);
    for name in ["linear logit", "network"] {
        let row = numbers(&text, name);
        assert!(row[0] - 3.0 * row[1] <= exact, "no lower bound: {row:?}");
        assert!(row[0] > 0.105, "a weak bound: {row:?}");
    }
}

#[test]
fn barycenter() {
    let text = run("barycenter");
    let rows: Vec<&str> = text.lines().filter(|line| line.ends_with("converged")).collect();
    assert_eq!(rows.len(), 9, "{text}");
    for row in rows {
        // the bracket of the unregularised cost: as wide as the regularisation, but around it
        let bracket: Vec<f64> =
            row.split_whitespace().filter_map(|w| w.parse().ok()).filter(|x: &f64| x.fract() != 0.0).collect();
        assert!(bracket[0] <= bracket[1] && bracket[1] > 0.0, "{row}");
    }
}

#[test]
fn colour_transfer() {
    let drawn = std::env::temp_dir().join(format!("fenchel-colours-{}", std::process::id()));
    let (png, svg) = (drawn.with_extension("png"), drawn.with_extension("svg"));
    let text = run_with("colour_transfer", &[png.to_str().unwrap(), svg.to_str().unwrap()]);
    is_in_the_gallery("colour_transfer", &svg);
    let label = "W2 of the colours to those of dusk,";
    let (before, after) = (numbers(&text, &format!("{label} before"))[0], numbers(&text, &format!("{label} after"))[0]);
    let floor = numbers(&text, "two samples of dusk itself are apart by")[0];
    assert!(before > 0.3 && after < 0.25 * before && after < 3.0 * floor, "{before} {after} {floor}");
    let mean = |name: &str| numbers(&text, &format!("mean colour of {name}"));
    assert!(mean("after").iter().zip(mean("dusk")).all(|(a, d)| (a - d).abs() < 0.05), "{text}");
    let written = text.lines().find_map(|l| l.strip_prefix("day, dusk, and day in the colours of dusk: ")).unwrap();
    let png = std::fs::read(written).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 10_000);
    std::fs::remove_file(written).unwrap();
}

#[test]
fn cost_of_a_solve() {
    let text = run("cost_of_a_solve");
    let mut exact = Vec::new();
    for n in [125, 250, 500, 1000] {
        let row = numbers(&text, &format!("{:<10} {n:>8}", "exact"));
        assert!(row[1] <= 1e-9, "not proven: {row:?}");
        let upper = numbers(&text, &format!("{:<10} {n:>8}", "sinkhorn"));
        assert!(
            upper[0] >= row[0] - 1e-6 && upper[0] * (1.0 - upper[1]) <= row[0] + 1e-6,
            "no bracket: {row:?} {upper:?}"
        );
        // the mean over directions of the plane is half of W2² at most
        assert!(numbers(&text, &format!("{:<10} {n:>8}", "sliced"))[0] <= 0.5 * row[0] * 1.1);
        assert!(numbers(&text, &format!("{:<10} {n:>8}", "line"))[0] <= row[0] + 1e-6);
        exact.push(row[0]);
    }
    // shifted by (1, 1), the cost approaches 2 from above
    assert!(exact[3] < exact[0] && (exact[3] - 2.0).abs() < 0.3, "{exact:?}");
}

#[test]
fn estimators() {
    let text = run("estimators");
    for d in [1, 5, 20] {
        // value and interval from 2000 samples
        let of = |estimator: &str| numbers(&text, &format!("{estimator:<12} {d:>3} {:>6}", 2000));
        let gaussian = of("gaussian");
        assert!((gaussian[0] - 0.5).abs() < 0.12, "{d}: {gaussian:?}");
        for bound in ["dv", "fgan", "classifier"] {
            let row = of(bound);
            assert!(row[1] <= 0.5 && row[2].is_infinite(), "{bound} in {d} dimensions: {row:?}");
            let least = if d < 20 { 0.1 } else { 0.02 };
            assert!(bound == "fgan" || row[1] > least, "{bound} in {d} dimensions: {row:?}");
        }
    }
}

#[test]
fn own_game() {
    let text = run("own_game");
    assert!(text.lines().any(|line| line.ends_with("the same bits   true")), "{text}");
    assert_eq!(numbers(&text, "rounds"), [3000.0]);
    assert!(numbers(&text, "modes of 8")[0] >= 6.0, "{text}");
}

#[test]
fn none_is_left_out() {
    let here = std::fs::read_to_string(file!()).or_else(|_| std::fs::read_to_string("tests/examples.rs")).unwrap();
    let folder = root().join("examples");
    let gallery = std::fs::read_to_string(root().join("src/guide/gallery.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_run = here.contains(&format!("run(\"{name}\")")) || here.contains(&format!("run_with(\"{name}\""));
        assert!(is_run, "examples/{name} is not run by a test");
        assert!(gallery.contains(&format!("page!({name}, ")), "examples/{name} has no page in src/guide/gallery.rs");
    }
}

#[test]
fn which_score_sees_what() {
    let drawn = std::env::temp_dir().join(format!("fenchel-which-score-{}.svg", std::process::id()));
    let text = run_with("which_score_sees_what", &["digits", drawn.to_str().unwrap()]);
    is_in_the_gallery("which_score_sees_what", &drawn);
    let sees = |score: &str| numbers(&text, &format!("{score} "));
    // columns: honest, copies, no class 3, one class, blur, noise, brighter
    let seen = 4.0;
    for score in ["frechet", "kid", "mmd_agg", "energy", "sliced_w2", "c2st"] {
        let row = sees(score);
        assert!(row[0] < seen && row[3] > seen && row[4] > seen, "{score} {row:?}");
    }
    // copies of the training set look like fresh data, but for the scores that know it
    assert!(sees("frechet")[1] < seen && sees("authenticity")[1] > seen && sees("dcr")[1] > seen);
    // one class is of good quality and has no variety
    assert!(sees("precision")[3] < seen && sees("recall")[3] > seen);
}
