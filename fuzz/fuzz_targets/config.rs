//! The configuration of a run from JSON: taken or refused, and told again to the same value.

#![no_main]

use fenchel::gan::{Config, Gan, Toy};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = serde_json::from_slice::<Config>(bytes) else { return };
    let text = serde_json::to_string(&config).expect("a configuration is written");
    let again: Config = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).expect("written"), text, "the copy differs");
    // what would ask for much memory is the business of the limits, not of this target
    let hidden = || config.generator_hidden.sizes().chain(config.discriminator_hidden.sizes());
    let steps = [config.discriminator_steps, config.generator_steps];
    let few = steps.iter().all(|&n| n <= 8) && hidden().count() <= 8;
    if few && hidden().chain([config.latent, config.batch]).all(|n| n <= 64) {
        match Gan::new(config, Toy::ring8()) {
            Ok(mut gan) => drop(gan.step()),
            Err(error) => assert!(!error.to_string().is_empty(), "an error without words"),
        }
    }
});
