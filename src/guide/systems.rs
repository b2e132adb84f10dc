//! The systems that the lectures name: what each plays, what its discriminator proves, and what goes wrong.
//!
//! Each is a game of one file (the source is linked on the page of its type) and a name for `fenchel train --game`. The figures are those of
//! `fenchel reproduce`. To write one of your own see `examples/own_game.rs`.
//!
//! | page | system |
//! |---|---|
//! | [`minimax`] | The original game, and the non-saturating one |
//! | [`least_squares`] | LSGAN |
//! | [`f_gan`] | f-GAN |
//! | [`wasserstein`] | WGAN: clipped, with a penalty, with spectral norms |
//! | [`relativistic`] | Relativistic pairs with R1 and R2 |
//! | [`pacgan`] | PacGAN |
//! | [`unrolled`] | Unrolled GAN |
//! | [`semi_supervised`] | Semi-supervised GAN |
//! | [`conditional`] | AC-GAN and generators with several factors |
//! | [`stacked`] | StackGAN |
//! | [`colour`] | Colours for grey images, with hints |
//! | [`began`] | BEGAN |
//! | [`autoencoders`] | VAE, adversarial autoencoder, VAE/GAN |
//! | [`cycle`] | CycleGAN |
//! | [`sentences`] | Translation by a judge of pairs |
//! | [`likelihood`] | Maximum likelihood, and the reverse divergence |

pub mod minimax {
    //! The original game, and the non-saturating one: [`Objective`](crate::gan::Objective) (arXiv:1406.2661).
    //!
    //! # The game
    //!
    //! `min_G max_D V(D, G)` with `V = E ln D(x) + E ln(1 - D(G(z)))`. The best discriminator is `D* = p/(p + q)`, and `V(D*, G) = 2
    //! JSD(p, q) - ln 4`.
    //!
    //! The non-saturating generator minimises `-E ln D(G(z))` instead. It has the same fixed point and, with `D*` held fixed, the
    //! gradient of `KL(q, p) - 2 JSD`.
    //!
    //! # What its discriminator proves
    //!
    //! `JSD >= (V + ln 4)/2` on samples that the discriminator has not seen. [`Gan::value`](crate::gan::Training::value) gives it with
    //! its error.
    //!
    //! # In practice
    //!
    //! The minimax generator has no gradient where `D` is sure. Either loses modes: on the ring some seven of eight, on the grid some
    //! eleven of 25 (`benches/gan.md`).
    //!
    //! ```text
    //! fenchel train ring8 --game nonsaturating
    //! ```
    //!
    //! The figure `b3-value-from-samples` of `fenchel reproduce` shows it.
}

pub mod least_squares {
    //! LSGAN: [`Codes`](crate::gan::Codes) (arXiv:1611.04076).
    //!
    //! # The game
    //!
    //! `D` minimises `½ E (D(x) - b)² + ½ E (D(G(z)) - a)²` and `G` minimises `½ E (D(G(z)) - c)²`. The best discriminator is `(b p + a
    //! q)/(p + q)`.
    //!
    //! With `b - c = 1` and `b - a = 2` the generator minimises half of Pearson's `χ²(p + q, 2 q)`. With the codes 0, 1, 1 that is not
    //! so.
    //!
    //! # What its discriminator proves
    //!
    //! Nothing by itself; a bound of `χ²` where the codes are Pearson's.
    //!
    //! # In practice
    //!
    //! Losses that look calm while modes are lost.
    //!
    //! ```text
    //! fenchel train ring8 --game lsgan
    //! ```
    //!
    //! The figure `c9-slopes-of-least-squares` of `fenchel reproduce` shows it.
}

pub mod f_gan {
    //! f-GAN: [`Head`](crate::gan::Head) (arXiv:1606.00709).
    //!
    //! # The game
    //!
    //! `min_G max_T E T(x) - E f*(T(G(z)))` for a convex `f` with `f(1) = 0`, where the output of `T` is held in the domain of `f*`.
    //! The best is `T* = f'(p/q)`.
    //!
    //! # What its discriminator proves
    //!
    //! `D_f(p, q) >= E T - E f*(T)` on unseen samples, for every `f` of the table.
    //!
    //! # In practice
    //!
    //! Where `f*` grows fast (KL, Pearson) single samples dominate, and a weak penalty on the slope helps. KL covers, reverse KL seeks.
    //!
    //! ```text
    //! fenchel train ring8 --objective fgan:kl
    //! ```
    //!
    //! The figure `d7-preferences` of `fenchel reproduce` shows it.
}

pub mod wasserstein {
    //! WGAN: clipped, with a penalty, with spectral norms: [`Limit`](crate::gan::Limit) (arXiv:1701.07875, 1704.00028, 1802.05957).
    //!
    //! # The game
    //!
    //! `min_G max_f E f(x) - E f(G(z))` over functions of slope at most 1: the Kantorovich-Rubinstein dual of `W₁`.
    //!
    //! What keeps the slope: weights in a box ([`Limit::Clip`](crate::gan::Limit)), the penalty `λ E (|∇f| - 1)²`
    //! ([`Penalty::Gradient`](crate::gan::Penalty)), or spectral norms ([`Limit::Spectral`](crate::gan::Limit)).
    //!
    //! # What its discriminator proves
    //!
    //! `W₁ >= (E f(x) - E f(G(z)))/L` for a critic of slope at most `L`. Spectral norms prove `L = 1` for rectifiers; a penalty proves
    //! nothing, and the slope has to be measured.
    //!
    //! # In practice
    //!
    //! Clipping makes nearly linear critics, so samples are spread. The penalty's default weight of 10 is too strong for laws in the
    //! plane; .1 works there.
    //!
    //! ```text
    //! fenchel train ring8 --game wgan-gp --set penalty=gp:0.1
    //! ```
    //!
    //! The figure `e7-loss-and-distance` of `fenchel reproduce` shows it.
}

pub mod relativistic {
    //! Relativistic pairs with R1 and R2: [`Objective`](crate::gan::Objective) (arXiv:1807.00734, 2501.05441).
    //!
    //! # The game
    //!
    //! `D` minimises `E ln(1 + e^-(D(x) - D(G(z))))` over pairs of a real and a generated sample, `G` the same with the sign turned,
    //! and both penalties `γ/2 E|∇D|²` hold.
    //!
    //! # What its discriminator proves
    //!
    //! A lower bound of a divergence of pairs; no bound of the JSD.
    //!
    //! # In practice
    //!
    //! The strongest of the games here: the presets `ring8` and `grid25` find all modes in every seed, with rates and penalties that
    //! fall.
    //!
    //! ```text
    //! fenchel train grid25
    //! ```
    //!
    //! The figure `d7-samples` of `fenchel reproduce` shows it.
}

pub mod pacgan {
    //! PacGAN: [`Config`](crate::gan::Config) (arXiv:1712.04086).
    //!
    //! # The game
    //!
    //! The discriminator judges m samples together, so it sees whether they are alike. The game is that between `p^m` and `q^m`.
    //!
    //! # What its discriminator proves
    //!
    //! A bound of the JSD of m independent samples.
    //!
    //! # In practice
    //!
    //! Two samples together find most of the modes that the plain game loses.
    //!
    //! ```text
    //! fenchel train ring8 --game pacgan
    //! ```
}

pub mod unrolled {
    //! Unrolled GAN: [`Unrolled`](crate::gan::Unrolled) (arXiv:1611.02163).
    //!
    //! # The game
    //!
    //! `D₀ = D`, `Dᵢ₊₁ = Dᵢ - η ∇L(Dᵢ, G)`; the generator minimises its loss against `D_k`, and its gradient passes through the k
    //! steps.
    //!
    //! # What its discriminator proves
    //!
    //! What `D` proves, as in the plain game.
    //!
    //! # In practice
    //!
    //! Memory and time grow with k. Where the generator takes five steps to one of the discriminator, the plain game loses modes of the ring
    //! and the one that looks five steps ahead keeps all. At one step to one there is nothing to gain. The steps ahead must be short.
    //!
    //! ```text
    //! fenchel train ring8 --game unrolled
    //! ```
    //!
    //! The figure `h14-steps-ahead` of `fenchel reproduce` shows it.
}

pub mod semi_supervised {
    //! Semi-supervised GAN: [`Semi`](crate::gan::Semi) (arXiv:1606.03498).
    //!
    //! # The game
    //!
    //! K scores `l_c`, with `Z = Σ e^(l_c)`, `P(c | x) = e^(l_c)/Z` and `D = Z/(Z + 1)`. Few samples have a class; all count for `D`.
    //! The generator matches the mean features of the last hidden layer.
    //!
    //! # What its discriminator proves
    //!
    //! `ln Z` is the logit of `D`, so the plain bound holds.
    //!
    //! # In practice
    //!
    //! A generator that is too good does not help the classes. Its samples are poor where the classifier is best.
    //!
    //! ```text
    //! fenchel train digits --game semi --set labels_per_class=5
    //! ```
    //!
    //! The figure `h4-labels` of `fenchel reproduce` shows it.
}

pub mod conditional {
    //! AC-GAN and generators with several factors: [`AcGan`](crate::gan::AcGan) (arXiv:1610.09585).
    //!
    //! # The game
    //!
    //! `G(z, c)`; `D` has the logit `s` and a softmax for each factor of the class. `D` maximises `L_S + L_C`, `G` maximises `L_C -
    //! L_S`.
    //!
    //! # What its discriminator proves
    //!
    //! The logit `s` proves the plain bound for all classes together. That samples lie in their class is for an independent classifier
    //! to say.
    //!
    //! # In practice
    //!
    //! `L_C` rewards samples that are typical of their class, so variety within a class is lost first.
    //!
    //! ```text
    //! fenchel train leaning --game acgan
    //! ```
    //!
    //! The figure `h5-conditional` of `fenchel reproduce` shows it.
}

pub mod stacked {
    //! StackGAN: [`Stacked`](crate::gan::Stacked) (arXiv:1612.03242).
    //!
    //! # The game
    //!
    //! `G₁(z, c)` against `D₁(↓x, c)` for images of half the side; then `↑G₁ + G₂(G₁, z, c)` against `D₂(x, c)`.
    //!
    //! # What its discriminator proves
    //!
    //! Each stage as the plain game, given the class.
    //!
    //! # In practice
    //!
    //! What the first stage has lost the second cannot bring back.
    //!
    //! ```text
    //! fenchel train digits --game stackgan
    //! ```
    //!
    //! The figure `h7-stages` of `fenchel reproduce` shows it.
}

pub mod colour {
    //! Colours for grey images, with hints: [`Colour`](crate::gan::Colour) (arXiv:1411.1784, 1611.07004, 1705.02999).
    //!
    //! # The game
    //!
    //! `G(y, h, z)` makes chroma from lightness, hints and noise; `D(y, h, c)` judges it together with what was given. `G` minimises
    //! `-E ln D + λ E|c - G|`.
    //!
    //! # What its discriminator proves
    //!
    //! A bound of the JSD of the two joint laws.
    //!
    //! # In practice
    //!
    //! A large `λ` gives the mean of the colours that are possible: grey.
    //!
    //! ```text
    //! fenchel train painted --game colour
    //! ```
    //!
    //! The figure `h8-hints` of `fenchel reproduce` shows it.
}

pub mod began {
    //! BEGAN: [`Began`](crate::gan::Began) (arXiv:1703.10717).
    //!
    //! # The game
    //!
    //! `D` is an autoencoder with the loss `L`. It minimises `L(x) - k L(G(z))`, `G` minimises `L(G(z))`, and `k ← k + λ (γ L(x) -
    //! L(G(z)))`.
    //!
    //! # What its discriminator proves
    //!
    //! Nothing about the laws. The measure `L(x) + |γ L(x) - L(G(z))|` follows the distance loosely, and falls too where modes are lost.
    //!
    //! # In practice
    //!
    //! A small `γ` loses variety. Of the ring of eight the generator keeps two modes at most at the default.
    //!
    //! ```text
    //! fenchel train grid25 --game began
    //! ```
    //!
    //! The figure `h9-balance` of `fenchel reproduce` shows it.
}

pub mod autoencoders {
    //! VAE, adversarial autoencoder, VAE/GAN: [`Vae`](crate::gan::Vae) (arXiv:1312.6114, 1511.05644, 1512.09300).
    //!
    //! # The game
    //!
    //! `ELBO = E_q ln p(x | z) - KL(q(z | x), p(z)) <= ln p(x)`. An [`Aae`](crate::gan::Aae) has `KL(q(z), p(z))` of the aggregate in
    //! its place, by a discriminator of codes: `ELBO + I(x; z)`. A [`VaeGan`](crate::gan::VaeGan) measures errors in the features of a
    //! discriminator.
    //!
    //! # What its discriminator proves
    //!
    //! The ELBO is a lower bound of the log-likelihood. The objective of the adversarial autoencoder is not.
    //!
    //! # In practice
    //!
    //! Where the decoder is strong or `s` is large, codes are not used: `KL(q(z | x), p(z)) = 0`.
    //!
    //! ```text
    //! fenchel train digits --game vae
    //! ```
    //!
    //! The figure `g2-codes` of `fenchel reproduce` shows it.
}

pub mod cycle {
    //! CycleGAN: [`Cycle`](crate::gan::Cycle) (arXiv:1703.10593).
    //!
    //! # The game
    //!
    //! `G: A → B` and `F: B → A`, a discriminator of each kind, and `λ (E|F(G(a)) - a| + E|G(F(b)) - b|)`.
    //!
    //! # What its discriminator proves
    //!
    //! Each discriminator the plain bound, for its kind. Nothing proves the pairing.
    //!
    //! # In practice
    //!
    //! The way there and back asks for a way home, not for the right one: digits and their mirror image were never paired as mirrors. The right
    //! pairing needs a start near it: `residual = 0.3` starts near the identity, and pairs clouds that are turned by 50 degrees.
    //!
    //! ```text
    //! fenchel train digits --game cyclegan
    //! ```
    //!
    //! The figure `h6-there-and-back` of `fenchel reproduce` shows it.
}

pub mod sentences {
    //! Translation by a judge of pairs: [`SeqGan`](crate::gan::SeqGan) (arXiv:1609.05473, 1611.01144).
    //!
    //! # The game
    //!
    //! `G` gives a law of words for each place, words are drawn, `D(a, b)` judges pairs. The gradient is estimated: `½ (r₁ - r₂) ∇(ln
    //! p(b₁) - ln p(b₂))`, or that of a softmax at the temperature `τ`.
    //!
    //! # What its discriminator proves
    //!
    //! A bound of the JSD of pairs.
    //!
    //! # In practice
    //!
    //! The first estimator is unbiased and varies; the second is biased and settles sooner.
    //!
    //! ```text
    //! fenchel train sentences --game seqgan
    //! ```
    //!
    //! The figure `h12-words` of `fenchel reproduce` shows it.
}

pub mod likelihood {
    //! Maximum likelihood, and the reverse divergence: [`Likelihood`](crate::gan::Likelihood) (doi:10.1111/j.2517-6161.1977.tb01600.x).
    //!
    //! # The game
    //!
    //! A mixture `q` of Gaussians: `min -E_p ln q` by EM or by gradients, which is `min KL(p, q)`, or `min KL(q, p)` where the density
    //! of `p` is known.
    //!
    //! # What its discriminator proves
    //!
    //! The log-likelihood of held-out rows; no discriminator is there.
    //!
    //! # In practice
    //!
    //! EM stops at local maxima: start from several. KL covers, reverse KL seeks.
    //!
    //! ```text
    //! fenchel train ring8 --game likelihood
    //! ```
    //!
    //! The figure `a8-mixtures` of `fenchel reproduce` shows it.
}
