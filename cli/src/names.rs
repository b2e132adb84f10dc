//! Names as people write them: in any case, by the names that other programs use, and with small mistakes.

use fenchel::Error;
use fenchel::score::Metric;

/// Other names, and the names they stand for. The same word may stand for different names in different lists.
const ALIASES: [(&str, &str); 63] = [
    // divergences
    ("kullback_leibler", "kl"),
    ("kld", "kl"),
    ("relative_entropy", "kl"),
    ("rkl", "reverse_kl"),
    ("reversekl", "reverse_kl"),
    ("symmetric_kl", "jeffreys"),
    ("j", "jeffreys"),
    ("js", "jsd"),
    ("jensen_shannon", "jsd"),
    ("jensenshannon", "jsd"),
    ("weighted_js", "js_weighted"),
    ("chi2", "pearson"),
    ("chi_squared", "pearson"),
    ("chisquare", "pearson"),
    ("pearson_chi2", "pearson"),
    ("neyman_chi2", "neyman"),
    ("reverse_chi2", "neyman"),
    ("hellinger", "hellinger2"),
    ("squared_hellinger", "hellinger2"),
    ("total_variation", "tv"),
    ("variation", "tv"),
    ("tvd", "tv"),
    ("lecam", "le_cam"),
    ("triangular", "le_cam"),
    ("renyi_divergence", "renyi"),
    ("rényi", "renyi"),
    ("k", "k_divergence"),
    ("ag", "arithmetic_geometric"),
    ("hockeystick", "hockey_stick"),
    ("e_gamma", "hockey_stick"),
    ("battacharyya", "bhattacharyya"),
    // costs
    ("l1", "cityblock"),
    ("manhattan", "cityblock"),
    ("taxicab", "cityblock"),
    ("l2", "euclidean"),
    ("euclid", "euclidean"),
    ("squared_euclidean", "sqeuclidean"),
    ("sq_euclidean", "sqeuclidean"),
    ("l2_squared", "sqeuclidean"),
    ("linf", "chebyshev"),
    ("l_inf", "chebyshev"),
    ("maximum", "chebyshev"),
    ("chebychev", "chebyshev"),
    ("cos", "cosine"),
    ("pearson", "correlation"),
    ("great_circle", "haversine"),
    // estimators
    ("plug_in", "histogram"),
    ("neighbours", "knn"),
    ("nearest_neighbours", "knn"),
    ("kernel", "kde"),
    ("donsker_varadhan", "dv"),
    ("nwj", "fgan"),
    ("logistic", "classifier"),
    // games, and objectives by the names of games
    ("gan", "minimax"),
    ("nsgan", "nonsaturating"),
    ("non_saturating", "nonsaturating"),
    ("sn_gan", "sngan"),
    ("ac_gan", "acgan"),
    ("ssgan", "semi"),
    ("stacked", "stackgan"),
    ("color", "colour"),
    ("rpgan", "r3gan"),
    ("wgan_gp", "wgan"),
];

/// These and the other names of the scores.
fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_scores =
        Metric::all().iter().flat_map(|metric| metric.aliases().iter().map(|alias| (*alias, metric.name())));
    ALIASES.into_iter().chain(of_scores)
}

/// The result of `parse` for a name. A name that fails is tried in lower case with underscores, and then by the name it
/// is an alias of. A parameter after a colon stays. The error is that of the name as it was given.
pub fn parse<T>(name: &str, parse: impl Fn(&str) -> fenchel::Result<T>) -> fenchel::Result<T> {
    let name = name.trim();
    let (word, parameter) = name.split_at(name.find(':').unwrap_or(name.len()));
    let lower = word.to_lowercase();
    let plain = normal(word);
    let meant = aliases().filter(|(alias, _)| *alias == plain).map(|(_, name)| name.to_owned());
    let candidates = [lower, plain.clone()].into_iter().chain(meant);
    let first = match parse(name) {
        Err(error @ Error::UnknownName { .. }) => error,
        other => return other,
    };
    for candidate in candidates {
        match parse(&format!("{candidate}{parameter}")) {
            Err(Error::UnknownName { .. }) => {}
            other => return other,
        }
    }
    Err(first)
}

/// The one of `known` that the name stands for, for lists without a type of their own.
pub fn one_of<'k>(name: &str, what: &'static str, known: &[&'k str]) -> fenchel::Result<&'k str> {
    parse(name, |candidate| {
        known
            .iter()
            .find(|known| **known == candidate)
            .copied()
            .ok_or_else(|| Error::unknown_name(what, candidate, known.join(", ")))
    })
}

/// "Did you mean", for a name that is close to one of the expected ones.
pub fn suggestion(error: &Error) -> Option<String> {
    let Error::UnknownName { found, expected, .. } = error else { return None };
    let word = normal(found.split(':').next().unwrap_or(found));
    let known: Vec<&str> = expected.split(", ").map(|name| name.split('[').next().unwrap_or(name)).collect();
    let mut all: Vec<(&str, &str)> = known.iter().map(|name| (*name, *name)).collect();
    for (alias, name) in aliases().filter(|(_, name)| known.contains(name)) {
        all.push((alias, name));
    }
    let all = all.into_iter();
    let (distance, name) = all.map(|(spelt, name)| (distance(&word, spelt), name)).min_by_key(|(d, _)| *d)?;
    (distance <= word.chars().count().div_ceil(3)).then(|| format!("did you mean `{name}`?"))
}

fn normal(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

/// The number of letters to change, leave out, insert or exchange with a neighbour (optimal string alignment).
fn distance(x: &str, y: &str) -> usize {
    let (x, y): (Vec<char>, Vec<char>) = (x.chars().collect(), y.chars().collect());
    let mut table = vec![vec![0; y.len() + 1]; x.len() + 1];
    for i in 0..=x.len() {
        for j in 0..=y.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = table[i - 1][j - 1] + usize::from(x[i - 1] != y[j - 1]);
                let mut least = changed.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[x.len()][y.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_between_words() {
        for (x, y, expected) in [("", "", 0), ("kl", "kl", 0), ("kl", "lk", 1), ("jsd", "jd", 1), ("tv", "pearson", 7)]
        {
            assert_eq!((distance(x, y), distance(y, x)), (expected, expected), "{x} {y}");
        }
    }

    #[test]
    fn aliases_are_written_in_the_normal_form() {
        for (alias, _) in aliases() {
            assert_eq!(normal(alias), alias);
        }
    }
}
