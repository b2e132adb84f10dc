//! H4: the formula of a discriminator with classes, at the operations of the trainer.

use super::shared::CHAPTER;
use crate::Claim;
use fenchel::nn::Tape;
use ndarray::array;

pub(super) fn claims(claims: &mut Vec<Claim>) {
    // K logits and 0 for the generated class
    let tape = Tape::<f64>::new();
    let shares = tape.leaf(array![[1.0, 2.0, 0.5, 0.0]]).log_softmax().exp();
    let real = shares.columns(0..3).sum().scalar();
    claims.push(
        Claim::about("H4", CHAPTER, "A discriminator with K classes and one for generated samples, whose logit is 0: D = Z/(Z + 1) with Z the sum of the exponentials of the K logits. Logits 1, 2, ½: from the softmax of all four", "S2 L1071-1112; arXiv:1606.03498; O190")
            .relative(real, 0.921_605_882_783_160_3, 1e-14),
    );
}
