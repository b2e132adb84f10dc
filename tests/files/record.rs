//! Written files and folders are whole, and only our own are replaced.

use fenchel::Error;
use fenchel::record::json::{self, Number};
use fenchel::record::{Folder, Run, ensure_writable, write_atomic};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Who makes the folders.
const MAKER: &str = "the tests";

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_whole_and_nothing_is_left_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/folder/a.txt");
    write_atomic(&path, b"old").unwrap();
    write_atomic(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(path.parent().unwrap()), ["a.txt"]);
    ensure_writable(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(path.parent().unwrap()), ["a.txt"]);
}

#[test]
fn what_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    // a regular file where a folder is needed stops even the superuser
    let below = file.join("report.csv");
    for refusal in [write_atomic(&below, b"x"), ensure_writable(&below), Folder::create(&below, MAKER).map(drop)] {
        let message = refusal.unwrap_err().to_string();
        assert!(message.starts_with("cannot ") && message.contains("report.csv"), "{message}");
    }
    assert!(write_atomic(dir.path(), b"x").unwrap_err().to_string().contains("it is a folder"));
    assert!(Folder::create(&file, MAKER).unwrap_err().to_string().contains("there is a file"));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(names(dir.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (there, here) = (dir.path().join("there"), dir.path().join("here"));
    fs::create_dir(&there).unwrap();
    fs::create_dir(&here).unwrap();
    fs::write(there.join("file"), "old").unwrap();
    std::os::unix::fs::symlink(there.join("file"), here.join("link")).unwrap();
    ensure_writable(here.join("link")).unwrap();
    assert_eq!(fs::read(there.join("file")).unwrap(), b"old");
    write_atomic(here.join("link"), b"new").unwrap();
    assert_eq!(fs::read(there.join("file")).unwrap(), b"new");
    assert!(here.join("link").is_symlink());
    assert_eq!((names(&there), names(&here)), (vec!["file".to_owned()], vec!["link".to_owned()]));
}

#[cfg(unix)]
#[test]
fn modes_are_kept() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    fs::write(at("plain"), "").unwrap(); // as the umask has it
    write_atomic(at("new"), b"1").unwrap();
    assert_eq!(mode("new"), mode("plain"));
    for kept in [0o600, 0o640, 0o755, 0o444] {
        set("new", kept);
        write_atomic(at("new"), b"2").unwrap();
        assert_eq!(mode("new"), kept, "{kept:o}");
    }
    let write = || {
        let folder = Folder::create(at("report"), MAKER).unwrap();
        folder.write("figures/one.svg", b"<svg/>").unwrap();
        folder.finish().unwrap();
    };
    write();
    fs::create_dir(at("folder")).unwrap();
    assert_eq!((mode("report"), mode("report/figures/one.svg")), (mode("folder"), mode("plain")));
    set("report", 0o700);
    set("report/figures/one.svg", 0o600);
    write();
    assert_eq!((mode("report"), mode("report/figures/one.svg")), (0o700, 0o600));
}

/// The leftovers of a killed process are removed; those of a living one stay, whatever their names say.
#[test]
fn what_is_stale_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let folder = |name: &str, marked: bool| {
        fs::create_dir(at(name)).unwrap();
        if marked {
            fs::write(at(name).join(".fenchel"), "").unwrap();
            fs::write(at(name).join("half.svg"), "<sv").unwrap();
        }
    };
    folder(".report.7-0.partial", true);
    folder(".report.7-1.partial", false);
    folder(".report.7-2.partial", true);
    folder(".other.7-0.partial", true);
    let held = fs::File::open(at(".report.7-2.partial/.fenchel")).unwrap();
    held.try_lock().unwrap();
    for name in [".a.csv.7-0.tmp", ".a.csv.7-1.tmp", ".a.csv.x-1.tmp", ".a.csv.swp"] {
        fs::write(at(name), "").unwrap();
    }
    let written = fs::File::open(at(".a.csv.7-1.tmp")).unwrap();
    written.try_lock().unwrap();
    Folder::create(at("report"), MAKER).unwrap().finish().unwrap();
    write_atomic(at("a.csv"), b"1").unwrap();
    assert_eq!(
        names(dir.path()),
        [
            ".a.csv.7-1.tmp",
            ".a.csv.swp",
            ".a.csv.x-1.tmp",
            ".other.7-0.partial",
            ".report.7-2.partial",
            "a.csv",
            "report"
        ]
    );
    drop((held, written));
    // looking leaves nothing behind either, not even the folders it took
    Folder::check(at("deep/er/report"), MAKER).unwrap();
    ensure_writable(at("deep/er/a.csv")).unwrap();
    Folder::check(at("report"), MAKER).unwrap();
    ensure_writable(at("a.csv")).unwrap();
    write_atomic(at("a.csv"), b"2").unwrap();
    assert_eq!(names(dir.path()), [".a.csv.swp", ".a.csv.x-1.tmp", ".other.7-0.partial", "a.csv", "report"]);
    assert_eq!(names(&at("report")), [".fenchel"]);
}

/// Another container may have taken the same process id and count, so an existing hidden name stays.
#[test]
fn a_hidden_name_that_is_taken_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut held = Vec::new();
    let taken: Vec<String> = (0..300).map(|count| format!(".a.txt.{}-{count}.tmp", std::process::id())).collect();
    for name in &taken {
        fs::write(dir.path().join(name), "theirs").unwrap();
        let file = fs::File::open(dir.path().join(name)).unwrap();
        file.try_lock().unwrap();
        held.push(file);
    }
    write_atomic(dir.path().join("a.txt"), b"mine").unwrap();
    ensure_writable(dir.path().join("a.txt")).unwrap();
    assert_eq!(fs::read(dir.path().join("a.txt")).unwrap(), b"mine");
    assert_eq!(names(dir.path()).len(), taken.len() + 1);
    assert!(taken.iter().all(|name| fs::read(dir.path().join(name)).unwrap() == b"theirs"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_not_replaced() {
    assert!(write_atomic("/dev/null", b"x").unwrap_err().to_string().contains("not a regular file"));
}

#[test]
fn a_folder_appears_when_it_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("report");
    let first = Folder::create(&target, MAKER).unwrap();
    first.write("index.html", b"first").unwrap();
    first.write("old.svg", b"first").unwrap();
    assert!(!target.exists());
    first.finish().unwrap();
    assert_eq!(fs::read(target.join("index.html")).unwrap(), b"first");

    // interrupted: the old one stays, nothing is left beside it
    let second = Folder::create(&target, MAKER).unwrap();
    second.write("index.html", b"second").unwrap();
    drop(second);
    assert_eq!(fs::read(target.join("index.html")).unwrap(), b"first");
    assert_eq!(names(dir.path()), ["report"]);

    // finished: the old one goes as a whole
    let third = Folder::create(&target, MAKER).unwrap();
    third.write("index.html", b"third").unwrap();
    third.finish().unwrap();
    assert_eq!(fs::read(target.join("index.html")).unwrap(), b"third");
    assert!(!target.join("old.svg").exists());
    assert_eq!(names(dir.path()), ["report"]);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("home");
    fs::create_dir(&target).unwrap();
    Folder::create(&target, MAKER).unwrap().finish().unwrap(); // empty: taken
    fs::remove_file(target.join(".fenchel")).unwrap();
    fs::write(target.join("thesis.tex"), "years").unwrap();
    let message = Folder::create(&target, MAKER).unwrap_err().to_string();
    assert!(message.contains("not a report") && message.contains("home"), "{message}");
    assert_eq!(names(&target), ["thesis.tex"]);

    // the files may come while the report is being made
    fs::remove_file(target.join("thesis.tex")).unwrap();
    let folder = Folder::create(&target, MAKER).unwrap();
    fs::write(target.join("thesis.tex"), "years").unwrap();
    assert!(folder.finish().is_err());
    assert_eq!(names(&target), ["thesis.tex"]);
    assert_eq!(names(dir.path()), ["home"]);
}

#[test]
fn a_folder_of_another_maker_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("report");
    Folder::create(&target, "another").unwrap().finish().unwrap();
    for refusal in [Folder::create(&target, MAKER).map(drop), Folder::check(&target, MAKER)] {
        let message = refusal.unwrap_err().to_string();
        assert!(message.contains("made by `another`") && message.contains("choose another folder"), "{message}");
    }
    assert!(Folder::create(&target, "another").is_ok());
    fs::write(target.join(".fenchel"), "").unwrap();
    assert!(Folder::create(&target, MAKER).unwrap_err().to_string().contains("does not say who"));

    // a run is not replaced, and begins nowhere but in an empty folder
    let run = dir.path().join("run");
    drop(Run::create(&run, "runs", &1).unwrap());
    assert!(Folder::create(&run, MAKER).unwrap_err().to_string().contains("made by `runs`"));
    assert!(Run::create(&run, "runs", &1).unwrap_err().to_string().contains("not empty"));
    assert!(Run::create(&target, "runs", &1).is_err());
    assert_eq!(names(dir.path()), ["report", "run"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (there, link) = (dir.path().join("there"), dir.path().join("link"));
    std::os::unix::fs::symlink(&there, &link).unwrap();
    for exists in [false, true] {
        if exists {
            Folder::create(&there, MAKER).unwrap().finish().unwrap();
        }
        for name in [link.clone(), link.join("."), dir.path().join("link/")] {
            for refusal in [Folder::create(&name, MAKER).map(drop), Run::create(&name, MAKER, &1).map(drop)] {
                let message = refusal.unwrap_err().to_string();
                assert!(message.contains("symbolic link") && message.contains("link"), "{message}");
            }
        }
    }
    assert!(link.is_symlink());
    // a link on the way is none of our business
    std::os::unix::fs::symlink(dir.path(), dir.path().join("way")).unwrap();
    Folder::create(dir.path().join("way/there"), MAKER).unwrap().finish().unwrap();
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
struct Config {
    data: String,
    rate: f64,
}

#[derive(serde::Serialize)]
struct Line {
    step: u64,
    loss: Number,
}

#[test]
fn a_run_is_continued_from_its_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { data: "ring8".to_owned(), rate: 0.1 + 0.2 };
    let run = Run::create(dir.path().join("run"), MAKER, &config).unwrap();
    assert_eq!(run.config::<Config>().unwrap(), config);
    let line = |step| Line { step, loss: Number(1.0 / step as f64) };
    let mut metrics = run.metrics(0).unwrap();
    (1..=4).for_each(|step| metrics.append(&line(step)).unwrap());
    run.save("checkpoint.bin", &[1, 2]).unwrap();
    let whole = run.load("metrics.jsonl").unwrap();

    // stopped in the middle of a line, two steps after the checkpoint
    metrics.flush().unwrap();
    drop(metrics);
    let folder = run.folder().to_owned();
    let busy = Run::open(&folder).unwrap_err().to_string();
    assert!(busy.contains("another process") && busy.contains("run"), "{busy}");
    drop(run);
    fs::write(folder.join("metrics.jsonl"), [&whole[..], b"{\"step\":2,\"lo"].concat()).unwrap();
    let again = Run::open(&folder).unwrap();
    assert_eq!(again.load("checkpoint.bin").unwrap(), [1, 2]);
    let mut metrics = again.metrics(2).unwrap();
    assert_eq!(again.load("metrics.jsonl").unwrap().iter().filter(|&&b| b == b'\n').count(), 2);
    (3..=4).for_each(|step| metrics.append(&line(step)).unwrap());
    assert_eq!(again.load("metrics.jsonl").unwrap(), whole);

    assert!(Run::create(&folder, MAKER, &config).unwrap_err().to_string().contains("not empty"));
    assert!(Run::open(dir.path()).unwrap_err().to_string().contains("no run in it"));
    again.save("config.json", b"{\n\"data\": 3}").unwrap();
    assert!(matches!(again.config::<Config>(), Err(Error::Parse { place, .. }) if place.line == Some(2)));
}

/// Files in folders of a run: written whole, listed, removed, and one that grows.
#[test]
fn a_run_has_folders() {
    let dir = tempfile::tempdir().unwrap();
    let run = Run::create(dir.path().join("run"), MAKER, &0).unwrap();
    assert_eq!(run.names_in("samples").unwrap(), [""; 0]);
    run.save("samples/2.svg", b"two").unwrap();
    run.save("samples/10.svg", b"ten").unwrap();
    assert_eq!(run.names_in("samples").unwrap(), ["10.svg", "2.svg"]);
    run.remove("samples/2.svg").unwrap();
    assert_eq!((run.names_in("samples").unwrap().len(), run.load("samples/10.svg").unwrap()), (1, b"ten".to_vec()));
    let gone = run.remove("samples/2.svg").unwrap_err().to_string();
    assert!(gone.contains("cannot remove") && gone.contains("2.svg"), "{gone}");
    for begin in [b"ab", b"cd"] {
        let mut growing = run.grow("deep/er/events", begin).unwrap();
        growing.add(b"ef").unwrap();
        growing.add(b"g").unwrap();
        assert_eq!(run.load("deep/er/events").unwrap(), [&begin[..], b"efg"].concat());
    }
}

proptest! {
    #[test]
    fn numbers_in_json_read_back(x in any::<f64>().prop_filter("no result is NaN", |x| !x.is_nan())) {
        let text = json::line(&Number(x));
        match serde_json::from_str(&text).unwrap() {
            serde_json::Value::String(word) => prop_assert_eq!(word, if x > 0.0 { "inf" } else { "-inf" }),
            number => prop_assert_eq!(number.as_f64().unwrap().to_bits(), x.to_bits()),
        }
    }
}
