//! Every file in `examples/` is run, and its output is checked.

use std::process::Command;

fn run(example: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", example])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("an example prints text")
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
    let path =
        text.lines().last().and_then(|line| line.strip_prefix("written to ")).expect("the last line names the figure");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    assert!(std::fs::read_to_string(path).unwrap().starts_with("<svg"));
}

#[test]
fn colour_transfer() {
    let text = run("colour_transfer");
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
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/estimators.svg");
    assert!(std::fs::read_to_string(file).unwrap().starts_with("<svg"));
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
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(here.contains(&format!("run(\"{name}\")")), "examples/{name} is not run by a test");
    }
}

#[test]
fn which_score_sees_what() {
    let text = run("which_score_sees_what");
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
