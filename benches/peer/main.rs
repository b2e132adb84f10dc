//! This crate's side of the races in `benches/peers`: one job on files, timed, its answer as a line of JSON.
//!
//! `peer JOB [--KEY VALUE]...` reads `.npy` files and runs the job once to warm up and `--repeat` times on the clock.
//! It prints `{"seconds": the best time, ...}` with the numbers that prove the answer (value, gap, error). Peak memory
//! is measured by the caller, who sees the whole process.

mod divergence;
mod entropic;
mod exact;
mod line;
mod neighbours;
mod options;
mod score;
mod train;

use options::Options;

fn main() -> fenchel::Result<()> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let job = words.next().unwrap_or_default();
    let options = Options::parse(words);
    let answer = match job.as_str() {
        "exact" => exact::solve(&options)?,
        "knn" => neighbours::kl(&options)?,
        "divergence" => divergence::discrete(&options)?,
        "pairwise" => divergence::all_pairs(&options)?,
        "exact-batch" => exact::batch(&options)?,
        "entropic" => entropic::solve(&options)?,
        "line" => line::distance(&options)?,
        "line-plan" => line::plan(&options)?,
        "circle" => line::around(&options)?,
        "sliced" => line::sliced(&options)?,
        "score" => score::card(&options)?,
        "ks" => score::ks(&options)?,
        "train" => train::steps(&options)?,
        _ => {
            eprintln!("no job {job:?}; see benches/peers");
            std::process::exit(2);
        }
    };
    options::print(&answer);
    Ok(())
}
