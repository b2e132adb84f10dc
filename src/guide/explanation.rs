//! Why each number has a second one beside it, and how to read the two.
//!
//! # Why certificates?
//!
//! A program that returns one number asks to be believed. Here almost every quantity is one side of a dual pair: the largest of something is the least of
//! something else. So there are two numbers, computed on two routes, and the truth lies between them:
//!
//! | quantity | from below | from above |
//! |---|---|---|
//! | a transport cost | potentials that break no cost | a plan that keeps the margins |
//! | a divergence of known laws | a function `T` in `E_P T - E_Q f*(T)` | the sum `q f(p/q)` itself |
//! | a divergence known through samples | a critic, judged on fresh rows | nothing, without assumptions |
//! | the value of a game | what a trained discriminator reaches on fresh samples | `2 JSD - ln 4`, if the laws are known |
//!
//! Nobody has to trust the solver. Whoever has the plan and the potentials can add up both sides by hand.
//!
//! # How to read a gap
//!
//! The gap is the upper bound less the lower one. It is an answer to "how wrong can this be?", in the units of the value.
//!
//! - A gap of `1e-15` beside a value of `.3` is a proof. More digits are not there.
//! - A gap of a tenth of the value means that the first digit is known. That may be enough: to see that one distance is twice another, no more is needed.
//! - A solver that was stopped has a larger gap and no other fault. Its status says why it stopped.
//! - The bracket of Sinkhorn's method is one of the *unregularised* cost. As the regularisation falls it closes; its width is what the regularisation costs.
//! - A gap says nothing of the samples. That two clouds of 100 points are at distance .7, proven to 15 digits, does not say that their *laws* are.
//!
//! The last point is the one that is forgotten most often. The error of an algorithm and the error of a sample are two things: the first has a gap, the second an
//! interval.
//!
//! # What each score sees
//!
//! A score of samples is a question, and each asks another one:
//!
//! - *Are mean and covariance right?* Fréchet's distance. A Gaussian of the right covariance is perfect for it, though its samples look like nothing.
//! - *Is there any difference?* Energy distance, MMD, a classifier. They see all differences in principle, and with few samples only the large ones.
//! - *Are the samples good?* Precision and density. A generator that makes one perfect sample again and again is perfect for them.
//! - *Is everything there?* Recall and coverage. They are blind to copies, which cover everything.
//! - *Is it copied?* Authenticity and its relatives, which need the training rows.
//!
//! So no single one is enough, and two that disagree say what is wrong: high precision with low recall is a collapse.
//! [`gallery::which_score_sees_what`](super::gallery::which_score_sees_what) breaks digits in six ways and shows which score notices.
//!
//! # What the baseline is for
//!
//! Two samples of one law are not equal, so most scores of perfect samples are not perfect. The baseline is what equal laws would get at these very sizes. A
//! value is good if it is near its baseline; its distance from 0 or 1 says little.
//!
//! # What intervals cover
//!
//! - The interval of an [`Estimate`](crate::certificate::Estimate) is for the value of the *laws*, at the level that it states (mostly 90 %). It does not claim to hold the
//!   value of the samples, since that is known.
//! - "90 %" is a count: `benches/coverage.md` and `benches/coverage_scores.md` have how often intervals held the truth, law by law. Where they held it less often, the
//!   estimate warns.
//! - A lower bound has a one-sided interval: the truth is above its lower end in 90 of 100 cases, and nothing is said about how far.
//! - With `guaranteed` a bound holds for all laws and sample sizes. It is wider; that is its price.
//! - Several intervals at 90 % do not hold together at 90 %. Whoever looks at ten scores will see one by chance. The p-values of one card have the same limit.
