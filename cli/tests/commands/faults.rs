//! Faults from outside: killed before any call that changes files, a disk that is full at any write, too little memory.
//! Whatever comes, a result is whole or as it was, and what could be computed is printed.

/// The limits of a shell, on any Unix.
#[cfg(unix)]
mod limits {
    use crate::common::files::{files, hidden};
    use crate::common::{Place, Ran};
    use std::fs;
    use std::process::Command;

    /// Runs the program in a shell that has set a limit first.
    fn limited(place: &Place, limit: &str, arguments: &str) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limit} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_fenchel")]);
        command.args(arguments.split_whitespace()).current_dir(place.folder());
        Ran::of(command.output().unwrap())
    }

    /// No file may grow, as on a full disk.
    const NO_ROOM: &str = "trap '' XFSZ && ulimit -f 0";

    #[test]
    fn where_there_is_no_room_answers_are_printed_all_the_same() {
        let rows: String = (0..12).map(|i| format!("{},{}\n", i % 5, i % 3)).collect();
        let place = Place::new(&[("x.csv", &rows), ("y.csv", &rows), ("laws.csv", "0.5,0.5\n0.25,0.75\n")]);
        place.json("score x.csv y.csv --metrics energy --permutations 0 --out scores");
        let before = files(place.folder());
        for (arguments, said) in [
            ("score x.csv y.csv --metrics energy --permutations 0 --out scores", "the scores were computed"),
            ("score x.csv y.csv --metrics energy --permutations 0 --out new/scores", "the scores were computed"),
            ("divergence laws.csv laws.csv --pairwise --out d.csv", "the divergences were computed"),
            ("estimate x.csv y.csv --estimator gaussian --kind kl --figure e.svg", "the estimates were made"),
            ("transport x.csv y.csv --plan plan.csv", "the problem was solved"),
            ("reproduce --chapter likelihood", "the report could not be written"),
        ] {
            for json in ["", " --json"] {
                let ran = limited(&place, NO_ROOM, &format!("{arguments}{json}"));
                assert_eq!(ran.code, 1, "{arguments}: {}{}", ran.stdout, ran.stderr);
                assert!(ran.stderr.contains(said) && !ran.stderr.contains("panicked"), "{arguments}: {}", ran.stderr);
                assert!(ran.stdout.len() > 40, "{arguments}: {}", ran.stdout);
                if !json.is_empty() {
                    ran.object();
                }
            }
            assert!(files(place.folder()) == before, "{arguments} left something behind or changed it");
            fs::remove_dir(place.path("new")).ok();
        }
        assert_eq!(hidden(place.folder()), [""; 0]);
    }

    #[test]
    fn a_run_that_finds_no_room_is_not_begun_or_kept() {
        let place = Place::new(&[]);
        let ran = limited(&place, NO_ROOM, "train ring8 --preset plain --steps 2 --out run");
        assert!(ran.code != 0 && ran.stderr.contains("too large") && ran.stdout.is_empty(), "{}", ran.stderr);
        assert!(!place.path("run").exists());
        place.json("train ring8 --preset plain --steps 2 --out run");
        let before = files(&place.path("run"));
        let ran = limited(&place, NO_ROOM, "train --resume run --steps 4");
        assert!(ran.code != 0 && ran.stderr.contains("run"), "{}", ran.stderr);
        assert!(files(&place.path("run")) == before);
        assert_eq!(hidden(&place.path("run")), [""; 0]);
        place.json("train --resume run --steps 4");
    }

    /// Wide data ask for networks that are larger than the limit; that is said before any of them is made.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_does_not_fit_into_the_memory_is_refused_beforehand() {
        let row = |i: usize| (0..60_000).map(|j| ((i * j) % 10).to_string()).collect::<Vec<_>>().join(",") + "\n";
        let place = Place::new(&[("wide.csv", &(0..20).map(row).collect::<String>())]);
        let ran = limited(&place, "ulimit -v 600000", "train wide.csv --threads 1 --steps 1 --out run");
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        for word in ["bytes of memory", "cannot be had", "smaller", "fewer columns"] {
            assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
        }
        assert!(!place.path("run").exists() && ran.stdout.is_empty());
    }
}

/// Killed before any call, and a disk that is full at any one.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod anywhere {
    use crate::common::Place;
    use crate::common::calls::{self, Call, Ended, Fate};
    use crate::common::files::{Files, files, hidden};
    use nix::errno::Errno;
    use std::fs;

    const REAL: (&str, &str) = ("real.csv", "3,1\n1,0\n2,1\n1,2\n");
    const ONE: (&str, &str) = ("one.csv", "3,1\n1,0\n2,2\n1,2\n");
    const TWO: (&str, &str) = ("two.csv", "0,3\n1,0\n2,2\n1,2\n");

    fn score(generated: &str, out: &str) -> String {
        format!("score real.csv {generated} --metrics energy --permutations 0 --threads 1 --out {out}")
    }

    /// Runs until `fate` strikes. None when it does not, or where nothing can be traced.
    fn strike(place: &Place, arguments: &str, fate: impl FnMut(Call) -> Fate) -> Option<Ended> {
        let ended = calls::run(&place.command(arguments), fate);
        if ended.is_none() {
            eprintln!("skipped: processes cannot be traced here");
        }
        ended.filter(|ended| ended.struck)
    }

    /// Tells of each call whether it is the k-th of those meant.
    fn nth(k: usize, meant: &'static [Call]) -> impl FnMut(Call) -> bool {
        let mut count = 0;
        move |call| {
            count += usize::from(meant.contains(&call));
            count == k && meant.contains(&call)
        }
    }

    const ALL: &[Call] = &[Call::Write, Call::Rename, Call::Other];
    const TAKES_ROOM: &[Call] = &[Call::Write, Call::Rename];

    /// The possible states of a folder after a fault: absent, as before, or complete.
    fn is_whole(found: &Files, former: &Files, new: &Files) -> bool {
        found == former || found == new
    }

    #[test]
    fn a_report_is_whole_wherever_its_maker_is_killed() {
        let place = Place::new(&[REAL, ONE, TWO]);
        place.json(&score("one.csv", "former"));
        place.json(&score("two.csv", "new"));
        let [former, new] = ["former", "new"].map(|name| files(&place.path(name)));
        assert_ne!(former, new);
        let mut seen = [0; 2];
        for (fresh, before) in [(true, Files::new()), (false, former)] {
            for k in 1.. {
                if fresh {
                    fs::remove_dir_all(place.path("scores")).ok();
                } else if files(&place.path("scores")) != before {
                    place.json(&score("one.csv", "scores"));
                }
                let mut is_due = nth(k, ALL);
                let fate = |call| if is_due(call) { Fate::Killed } else { Fate::Done };
                if strike(&place, &score("two.csv", "scores"), fate).is_none() {
                    break;
                }
                let found = files(&place.path("scores"));
                assert!(is_whole(&found, &before, &new), "killed before call {k}, there is {:?}", found.keys());
                seen[usize::from(found == new)] += 1;
            }
        }
        // a run that is not killed removes the leftovers of those that were
        place.json(&score("two.csv", "scores"));
        assert_eq!(hidden(place.folder()), [""; 0]);
        eprintln!("killed {} times before the report was there, {} times after", seen[0], seen[1]);
    }

    #[test]
    fn a_report_is_whole_and_the_scores_are_printed_wherever_the_disk_is_full() {
        let place = Place::new(&[REAL, ONE, TWO]);
        place.json(&score("one.csv", "former"));
        place.json(&score("two.csv", "new"));
        let [former, new] = ["former", "new"].map(|name| files(&place.path(name)));
        for (fresh, before) in [(true, Files::new()), (false, former)] {
            for k in 1.. {
                fs::remove_dir_all(place.path("scores")).ok();
                if !fresh {
                    place.json(&score("one.csv", "scores"));
                }
                let arguments = score("two.csv", "scores") + " --json";
                let mut is_due = nth(k, TAKES_ROOM);
                let fate = |call| if is_due(call) { Fate::Fails(Errno::ENOSPC) } else { Fate::Done };
                let Some(ended) = strike(&place, &arguments, fate) else { break };
                let found = files(&place.path("scores"));
                assert!(is_whole(&found, &before, &new), "full at call {k}, there is {:?}", found.keys());
                assert!(ended.stdout.contains("\"energy\""), "full at call {k}: {}{}", ended.stdout, ended.stderr);
                assert_eq!(ended.code, Some(i32::from(found != new)), "full at call {k}: {}", ended.stderr);
                let said = ended.stderr.contains("computed, not kept") && ended.stderr.contains("scores");
                assert!(found == new || said, "full at call {k}: {}", ended.stderr);
                assert_eq!(hidden(place.folder()), [""; 0], "full at call {k}");
            }
        }
    }

    fn table() -> String {
        (0..20).map(|i| format!("{},{}\n", i % 7, if i % 2 == 0 { 1.5 } else { -1.5 })).collect()
    }

    const RUN: &str = "train data.csv --steps 4 --score-every 2 --watch-every 2 --threads 1 --out run";

    /// Continues from the state that is left, or begins if there is none, and expects the run without a fault.
    fn recovers(place: &Place, whole: &Files, when: &str) {
        let arguments = if place.path("run").exists() { "train --resume run" } else { RUN };
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{when}: {}", ran.stderr);
        let found = files(&place.path("run"));
        let differ: Vec<_> = whole.iter().filter(|(name, bytes)| found.get(*name) != Some(bytes)).collect();
        assert!(differ.is_empty() && found.len() == whole.len(), "{when}: {:?} differ", found.keys());
        assert_eq!(hidden(&place.path("run")), [""; 0], "{when}");
        assert_eq!(hidden(place.folder()), [""; 0], "{when}");
        fs::remove_dir_all(place.path("run")).unwrap();
    }

    /// Before each rename, and before the first call after it.
    #[test]
    fn a_run_goes_on_to_the_same_bits_wherever_it_is_killed() {
        let place = Place::new(&[("data.csv", &table())]);
        place.run(RUN);
        let whole = files(&place.path("run"));
        fs::remove_dir_all(place.path("run")).unwrap();
        for k in 1.. {
            let mut is_due = nth(k, &[Call::Rename]);
            if strike(&place, RUN, |call| if is_due(call) { Fate::Killed } else { Fate::Done }).is_none() {
                break;
            }
            recovers(&place, &whole, &format!("killed before rename {k}"));
            let (mut is_due, mut past) = (nth(k, &[Call::Rename]), false);
            let fate = |call| {
                let fate = if past { Fate::Killed } else { Fate::Done };
                past |= is_due(call);
                fate
            };
            strike(&place, RUN, fate);
            recovers(&place, &whole, &format!("killed after rename {k}"));
        }
    }

    /// From one call on nothing fits on the disk any more; then there is room again.
    #[test]
    fn a_run_goes_on_to_the_same_bits_after_the_disk_was_full() {
        let place = Place::new(&[("data.csv", &table())]);
        place.run(RUN);
        let whole = files(&place.path("run"));
        fs::remove_dir_all(place.path("run")).unwrap();
        for k in (1..).step_by(3) {
            let (mut is_due, mut full) = (nth(k, TAKES_ROOM), false);
            let fate = |call| {
                full |= is_due(call);
                if full && TAKES_ROOM.contains(&call) { Fate::Fails(Errno::ENOSPC) } else { Fate::Done }
            };
            let Some(Ended { code, stderr, .. }) = strike(&place, RUN, fate) else { break };
            // a folder that cannot be flushed is no fault: not every file system lets it
            assert!(code == Some(0) || stderr.contains("No space left"), "full at call {k}: {code:?}: {stderr}");
            recovers(&place, &whole, &format!("full from call {k} on"));
        }
    }
}
