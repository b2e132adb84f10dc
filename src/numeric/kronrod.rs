//! The 21-point Kronrod rule and the 10-point Gauss rule within it.

/// The 10-point Gauss rule on `[a, b]`, for integrands known to be smooth there.
pub(crate) fn gauss(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    let nodes = ABSCISSAE.iter().skip(1).step_by(2);
    half * nodes.zip(GAUSS).map(|(x, w)| w * (f(centre - half * x) + f(centre + half * x))).sum::<f64>()
}

/// Positive nodes of the 21-point Kronrod rule in descending order (the centre left out); the odd ones are Gauss's.
pub(super) const ABSCISSAE: [f64; 10] = [
    0.995_657_163_025_808_1,
    0.973_906_528_517_171_7,
    0.930_157_491_355_708_2,
    0.865_063_366_688_984_5,
    0.780_817_726_586_416_9,
    0.679_409_568_299_024_4,
    0.562_757_134_668_604_7,
    0.433_395_394_129_247_2,
    0.294_392_862_701_460_2,
    0.148_874_338_981_631_22,
];
/// Kronrod weights; the last is the centre's.
pub(super) const KRONROD: [f64; 11] = [
    0.011_694_638_867_371_874,
    0.032_558_162_307_964_725,
    0.054_755_896_574_351_995,
    0.075_039_674_810_919_96,
    0.093_125_454_583_697_6,
    0.109_387_158_802_297_64,
    0.123_491_976_262_065_84,
    0.134_709_217_311_473_34,
    0.142_775_938_577_060_09,
    0.147_739_104_901_338_49,
    0.149_445_554_002_916_9,
];
/// Weights of the 10-point Gauss rule.
pub(super) const GAUSS: [f64; 5] = [
    0.066_671_344_308_688_14,
    0.149_451_349_150_580_6,
    0.219_086_362_515_982_04,
    0.269_266_719_309_996_35,
    0.295_524_224_714_752_87,
];
