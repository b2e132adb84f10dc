//! G2.5 to G2.12: autoencoders of the trainer, beside the closed form of the linear model and beside each other.

use super::shared::{CHAPTER, S, W};
use crate::claim::{Draft, difference, larger};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::gan::{
    Aae, AaeConfig, Labelled, Posterior, Rows, Toy, Training, Vae, VaeConfig, VaeGan, VaeGanConfig, ln_normal,
};
use fenchel::io;
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::nn::{Layers, Tape, Var};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::line;
use ndarray::{Array2, Axis as Along, array};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::ControlFlow;

const FIGURE: &str = "g2-codes";
/// Rows whose codes are mixed, for quadrature.
const CODED: usize = 12;

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    linear(claims)?;
    objectives(seed, claims)?;
    through_a_discriminator(seed, claims)?;
    digits(seed, claims, figures)
}

fn about(id: &str, statement: String) -> Draft {
    Claim::about(id, CHAPTER, statement, "S1 L197; arXiv:1312.6114, 1511.05644, 1512.09300")
}

/// The mean over `e = ±1` of the terms of the trainer, for the encoder `q(z | x) = N(a x + b, e^c)`; a normal law has the same mean of
/// squares, and the terms have no higher powers.
fn bound<'t>(x: Var<'t, f64>, [slope, shift, ln_variance, decoder]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    let one = x.scale(0.0).shift(1.0);
    let q = Posterior { mean: x * slope + shift, ln_variance: one * ln_variance };
    let fits = |e: f64| ln_normal(x, q.codes(one.scale(e)) * decoder, S);
    (fits(1.0) + fits(-1.0)).scale(0.5) - q.kl_from_normal()
}

fn linear(claims: &mut Vec<Claim>) -> Result<()> {
    let total = W * W + S * S;
    let evidence = Law::normal(0.0, total.sqrt())?;
    let tape = Tape::<f64>::new();
    let parameters = [W / total, 0.0, (S * S / total).ln(), W].map(|value| tape.constant(value));
    let points = linspace(-4.0, 4.0, 33);
    let x = tape.leaf(Array2::from_shape_fn((33, 1), |(k, _)| points[k]));
    let bounds = bound(x, parameters).value();
    let off = bounds.iter().zip(&points).map(|(&bound, &x)| difference(bound, evidence.ln_pdf(x))).fold(0.0, larger);
    claims.push(
        about("G2.5", "The terms of the trainer’s VAE, E ln p(x | z) and KL(q(z | x) ‖ p(z)), at the closed form of the model x = wz + e: their difference is ln p(x); largest difference over 33 x".to_owned())
            .at_most(off, 1e-10),
    );
    // x = ±√(w² + s²) has the second moment of the data
    let x = tape.leaf(array![[total.sqrt()], [-total.sqrt()]]);
    let slopes = bound(x, parameters).mean().gradients(&parameters);
    claims.push(
        about("G2.6", "The closed form of the linear VAE is a stationary point of its mean bound: slopes by the encoder’s two weights, by its variance and by the decoder’s weight".to_owned())
            .vector(&slopes.iter().map(|slope| slope.scalar()).collect::<Vec<_>>(), &[0.0; 4], 1e-10),
    );
    Ok(())
}

/// `E KL(q(z | x), p(z))` in closed form.
fn paid([means, deviations]: &[Array2<f64>; 2]) -> f64 {
    let tape = Tape::<f64>::new();
    let ln_variance = tape.leaf(deviations.mapv(|s| 2.0 * s.ln()));
    Posterior { mean: tape.leaf(means.view()), ln_variance }.kl_from_normal().mean().scalar()
}

/// That, with `KL` of the aggregate of the codes and `I(x; z)` by quadrature.
fn parts(coded: &[Array2<f64>; 2]) -> Result<[f64; 3]> {
    let [means, deviations] = coded;
    let codes: Vec<Law> =
        means.iter().zip(deviations).map(|(&mean, &deviation)| Law::normal(mean, deviation)).collect::<Result<_>>()?;
    let n = codes.len() as f64;
    let aggregate = Mixture::new(codes.iter().map(|&code| (1.0 / n, code)).collect())?;
    let informations = codes.iter().map(|code| Ok(density::kl(code, &aggregate)?.value)).collect::<Result<Vec<_>>>()?;
    let aggregated = density::kl(&aggregate, &Law::normal(0.0, 1.0)?)?.value;
    Ok([paid(coded), aggregated, Sum::of(informations) / n])
}

/// A VAE and an adversarial autoencoder of the ring, with one code.
fn objectives(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    const STEPS: u64 = 1000;
    let x = Toy::ring8().sample(CODED, &mut stream(seed, 120));
    let mut vae =
        Training::<Vae>::new(VaeConfig { latent: 1, steps: STEPS, seed, ..VaeConfig::default() }, Toy::ring8())?;
    vae.train(STEPS, |_| ControlFlow::Continue(()));
    let mut aae =
        Training::<Aae>::new(AaeConfig { latent: 1, steps: STEPS, seed, ..AaeConfig::default() }, Toy::ring8())?;
    aae.train(STEPS, |_| ControlFlow::Continue(()));
    let many = Toy::ring8().sample(1000, &mut stream(seed, 123));
    let [of_vae, of_aae] = [parts(&vae.encode(x.view()))?, parts(&aae.encode(x.view()))?];
    let off = [of_vae, of_aae].map(|[mean, aggregated, information]| difference(mean, aggregated + information));
    claims.push(
        about("G2.7", format!("E KL(q(z | x) ‖ p(z)) of a trained VAE and of a trained adversarial autoencoder of the ring, in closed form, is KL of the aggregate plus I(x; z), by quadrature over a mixture of {CODED} codes: the board’s formula is ELBO + I. Differences"))
            .corrects("the board’s formula, which has the divergence of the aggregate, is not the ELBO but the objective of an adversarial autoencoder")
            .vector(&off, &[0.0; 2], 1e-6),
    );
    claims.push(
        about("G2.8", "Codes of a trained adversarial autoencoder tell more of x than those of a VAE, since its objective does not pay for it: E KL(q(z | x) ‖ p(z)) of 1000 samples of the ring, one code each, less that of the VAE".to_owned())
            .at_least(paid(&aae.encode(many.view())) - paid(&vae.encode(many.view())), 0.5),
    );
    let drawn = codes_drawn(&aae.encode(many.view()), seed);
    let normal = Law::normal(0.0, 1.0)?;
    let quantiles: Vec<f64> = (0..1000).map(|k| normal.quantile((f64::from(k) + 0.5) / 1000.0)).collect();
    claims.push(
        about("G2.9", "The aggregate of the codes of a trained adversarial autoencoder is near the normal law, as its discriminator wants: W1 of 1000 codes of the ring and as many quantiles".to_owned())
            .at_most(line::wasserstein(&drawn, None, &quantiles, None, 1.0)?.distance(), 0.25),
    );
    Ok(())
}

/// A code of each row, on the line.
fn codes_drawn([means, deviations]: &[Array2<f64>; 2], seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 124);
    let code = |(mean, deviation): (&f64, &f64)| mean + deviation * rng.sample::<f64, _>(StandardNormal);
    means.iter().zip(deviations).map(code).collect()
}

/// VAE/GAN: what comes back from a code belongs to the mode that went in.
fn through_a_discriminator(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    const STEPS: u64 = 1200;
    let mut run =
        Training::<VaeGan>::new(VaeGanConfig { steps: STEPS, seed, ..VaeGanConfig::default() }, Toy::ring8())?;
    run.train(STEPS, |_| ControlFlow::Continue(()));
    let (x, modes) = Toy::ring8().draw_labelled(500, &mut stream(seed, 121));
    let returned = run.returned(x.mapv(f64::from).view());
    let centres = Toy::ring8().centres();
    let nearest = |x: ndarray::ArrayView1<'_, f64>| {
        let square = |k: usize| (&x - &centres.row(k)).mapv(|d| d * d).sum();
        (0..8).min_by(|&a, &b| square(a).total_cmp(&square(b))).unwrap_or(0)
    };
    let right = returned.rows().into_iter().zip(&modes).filter(|(x, mode)| nearest(x.view()) == **mode).count();
    claims.push(
        about("G2.10", format!("VAE/GAN measures errors by what its discriminator sees, not by pixels: after {STEPS} steps on the ring a sample that is encoded and decoded is nearest to its own mode; share of 500"))
            .at_least(right as f64 / 500.0, 0.8),
    );
    Ok(())
}

/// Images of digits: bounds of a linear and of a deep VAE on images that were not learnt, and the codes of two autoencoders.
fn digits(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const STEPS: u64 = 1200;
    let io::Digits { images, labels } = io::digits();
    let images = images.mapv(|x| x / 8.0 - 1.0);
    let (learnt, fresh) = images.view().split_at(Along(0), images.nrows() / 2);
    let of = |hidden: Layers| -> Result<Training<Vae>> {
        let config = VaeConfig { hidden, deviation: 0.4, steps: STEPS, seed, ..VaeConfig::default() };
        let mut run = Training::<Vae>::new(config, Rows::new(learnt)?)?;
        run.train(STEPS, |_| ControlFlow::Continue(()));
        Ok(run)
    };
    let (deep, linear) = (of(Layers::leaky(&[64, 64]))?, of(Layers(Vec::new()))?);
    let bound = |run: &Training<Vae>| run.evidence_bounds(fresh, 10, &mut stream(seed, 122));
    let (of_deep, of_linear) = (bound(&deep), bound(&linear));
    let gain = &of_deep - &of_linear;
    let (mean, error) = (gain.mean().unwrap_or(f64::NAN), gain.std(1.0) / (gain.len() as f64).sqrt());
    claims.push(
        about("G2.11", format!("A VAE with hidden layers bounds the likelihood of digits that it has not learnt from higher than a linear one, which is principal component analysis: two codes, deviation .4, {STEPS} steps; mean gain in nats an image, less three standard errors"))
            .figure(FIGURE)
            .at_least(mean - 3.0 * error, 1.0),
    );
    let config = AaeConfig { deviation: 0.4, steps: STEPS, seed, ..AaeConfig::default() };
    let mut aae = Training::<Aae>::new(config, Rows::new(learnt)?)?;
    aae.train(STEPS, |_| ControlFlow::Continue(()));
    let codes = [deep.encode(fresh), aae.encode(fresh)];
    let wide = |[_, deviations]: &[Array2<f64>; 2]| deviations.mapv(f64::ln).mean().unwrap_or(f64::NAN).exp();
    claims.push(
        about("G2.12", "Codes of digits are blurred in a VAE, which pays for what they tell, and sharp in an adversarial autoencoder: geometric mean of the deviations of q(z | x), that of the VAE by that of the other".to_owned())
            .figure(FIGURE)
            .at_least(wide(&codes[0]) / wide(&codes[1]), 2.0),
    );
    figures.push(picture(&deep, &codes, &labels[labels.len() / 2..]));
    Ok(())
}

fn picture(vae: &Training<Vae>, codes: &[[Array2<f64>; 2]; 2], labels: &[u8]) -> Illustration {
    const SIDE: usize = 9;
    let panel = |name: &str, [means, _]: &[Array2<f64>; 2]| {
        let axis = |label: &str| Axis::new(label).range(-3.6, 3.6);
        let panel = Panel::new(axis("first code"), axis("second code")).equal().title(name).size(250.0, 250.0);
        [0, 1, 4, 6].into_iter().fold(panel, |panel, digit| {
            let of: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == digit).collect();
            let column = |k: usize| of.iter().map(|&i| means[[i, k]].clamp(-3.5, 3.5)).collect::<Vec<f64>>();
            panel.add(Series::points(format!("{digit}"), &column(0), &column(1)))
        })
    };
    let quantiles: Vec<f64> = linspace(-1.9, 1.9, SIDE);
    let grid = Array2::from_shape_fn((SIDE * SIDE, 2), |(k, axis)| {
        if axis == 0 { quantiles[k % SIDE] } else { quantiles[SIDE - 1 - k / SIDE] }
    });
    let decoded = vae.decode(grid.view());
    let pictures: Vec<Vec<f64>> = decoded.rows().into_iter().map(|row| row.to_vec()).collect();
    let pictures: Vec<&[f64]> = pictures.iter().map(Vec::as_slice).collect();
    Illustration {
        id: FIGURE,
        figure: Figure::new(
            "Two codes of digits",
            [
                panel("VAE", &codes[0]),
                panel("adversarial autoencoder", &codes[1]),
                Panel::pictures(&pictures, 8, SIDE, -1.0, 1.0).title("what the VAE makes of codes"),
            ],
        ),
        caption: "Means of the codes of images that were not learnt from, four of ten digits, and what the decoder makes of codes from −1.9 to 1.9. \
                  Around each mean a VAE blurs its codes, an adversarial autoencoder hardly does."
            .to_owned(),
    }
}
