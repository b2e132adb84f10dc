//! The configuration of a run from JSON: taken or refused, and told again to the same value.

#![no_main]

use fenchel::gan::{Config, Gan, Toy};
use fenchel::nn::Layers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = serde_json::from_slice::<Config>(bytes) else { return };
    let text = serde_json::to_string(&config).expect("a configuration is written");
    let again: Config = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).expect("written"), text, "the copy differs");
    // what would ask for much memory or time is the business of the limits, not of this target
    let small = |layers: &Layers| {
        let text = layers.to_string();
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        layers.0.len() <= 4 && !layers.has_images() && numbers.all(|n| n.parse::<usize>().is_ok_and(|n| n <= 64))
    };
    let few = [config.discriminator_steps, config.generator_steps].iter().all(|&n| n <= 8);
    let networks = small(&config.generator_hidden) && small(&config.discriminator_hidden);
    if few && networks && [config.latent, config.batch].iter().all(|&n| n <= 64) {
        match Gan::new(config, Toy::ring8()) {
            Ok(mut gan) => drop(gan.step()),
            Err(error) => assert!(!error.to_string().is_empty(), "an error without words"),
        }
    }
});
