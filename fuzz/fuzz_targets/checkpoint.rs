//! A checkpoint from JSON: refused with words, or a run that takes a step.

#![no_main]

use fenchel::gan::{Checkpoint, Gan, Plain, Toy};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint<Plain>>(bytes) else { return };
    let text = serde_json::to_string(&checkpoint).expect("a checkpoint is written");
    let again: Checkpoint<Plain> = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).expect("written"), text, "the copy differs");
    let config = checkpoint.config();
    if config.batch > 64 || config.discriminator_steps > 8 || config.generator_steps > 8 {
        return;
    }
    match Gan::resume(checkpoint, Toy::ring8()) {
        Ok(mut gan) => drop(gan.step()),
        Err(error) => assert!(!error.to_string().is_empty(), "an error without words"),
    }
});
