//! The layers of a network, by a short text.

use super::activation::Activation;
use super::passage::Image;
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Layers from the first to the last, read and written as `128 lrelu, 64 tanh`.
///
/// | text | layer |
/// |---|---|
/// | `128` | dense, to 128 columns |
/// | `7x7x64` | dense, to images of height × width × channels |
/// | `conv 64 4/2` | convolution to 64 channels, windows of side 4 and stride 2: images become half as high and wide |
/// | `up 64 4/2` | transposed convolution to 64 channels: images become twice as high and wide |
/// | `nearest 64 3/2` | every pixel repeated in 2 × 2, then a convolution with windows of side 3 and stride 1 |
///
/// After it may stand, in this order, `batch` or `layer` for a normalisation before the activation, the activation, and
/// `dropout:SHARE`. A layer without the name of an activation has a leaky rectifier of slope 0.2. The empty text is a network without
/// hidden layers.
///
/// A row of numbers that a convolution gets is a square image, of one channel if that is possible and of three if not.
///
/// ```
/// use fenchel::nn::{Activation, Layers};
/// let layers: Layers = "128, 64 tanh".parse()?;
/// assert_eq!(layers.to_string(), "128 lrelu:0.2, 64 tanh");
/// assert_eq!(layers, Layers(vec![(128, Activation::LeakyRelu(0.2)).into(), (64, Activation::Tanh).into()]));
/// let images: Layers = "7x7x64 batch relu, up 1 4/2 tanh".parse()?;
/// assert_eq!(images.to_string(), "7x7x64 batch relu, up 1 4/2 tanh");
/// assert!("64 tan".parse::<Layers>().unwrap_err().to_string().contains("tanh"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Layers(pub Vec<Layer>);

/// What one layer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// How its outputs come from its inputs.
    pub form: LayerForm,
    /// What is done to the outputs before the activation.
    pub normalisation: Normalisation,
    /// The activation.
    pub activation: Activation,
    /// With which probability an output is zero in training.
    pub dropout: f64,
}

/// How the outputs of a layer come from its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerForm {
    /// Each from all inputs.
    Dense {
        /// Outputs.
        size: usize,
    },
    /// The same; the outputs are images.
    Image(Image),
    /// Each pixel from a window of the image before.
    Convolution(Filter),
    /// Windows of the image from each pixel of the image before.
    Transposed(Filter),
    /// The image before with each pixel repeated, `stride` times down and across, then a convolution of stride 1.
    Nearest(Filter),
}

/// The windows of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Channels of the result.
    pub channels: usize,
    /// Pixels of a side.
    pub side: usize,
    /// Pixels from one place to the next.
    pub stride: usize,
}

/// What brings the outputs of a layer to mean 0 and variance 1. A factor for each column or channel is learnt beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalisation {
    /// Nothing.
    None,
    /// Those of a column or channel over a batch in training, by running means afterwards (arXiv:1502.03167).
    Batch,
    /// Those of a sample, or of a pixel, by themselves (arXiv:1607.06450).
    Layer,
}

impl From<(usize, Activation)> for Layer {
    /// A dense layer.
    fn from((size, activation): (usize, Activation)) -> Self {
        Self { form: LayerForm::Dense { size }, normalisation: Normalisation::None, activation, dropout: 0.0 }
    }
}

impl Layers {
    /// Dense layers of these sizes, all with the same activation.
    #[must_use]
    pub fn new(sizes: &[usize], activation: Activation) -> Self {
        Self(sizes.iter().map(|&size| (size, activation).into()).collect())
    }

    /// Dense layers of these sizes with leaky rectifiers of slope 0.2, as is usual in adversarial training.
    #[must_use]
    pub fn leaky(sizes: &[usize]) -> Self {
        Self::new(sizes, Activation::LeakyRelu(0.2))
    }

    /// Whether some layer is about images, so that columns have places.
    #[must_use]
    pub fn has_images(&self) -> bool {
        self.0.iter().any(|layer| !matches!(layer.form, LayerForm::Dense { .. }))
    }

    /// Checks the numbers; `what` names the layers in an error.
    ///
    /// # Errors
    /// A size of zero, a slope that is not finite in f32, a share outside [0, 1).
    pub fn validate(&self, what: &str) -> Result<()> {
        for (k, layer) in self.0.iter().enumerate() {
            if layer.form.sizes().contains(&0) {
                return Err(Error::out_of_domain(
                    format!("a size of layer {} in {what}", k + 1),
                    0.0,
                    "a positive finite number",
                ));
            }
            layer.activation.validate(what)?;
            if !(0.0..1.0).contains(&layer.dropout) {
                let share = format!("share dropped in {what}");
                return Err(Error::out_of_domain(share, layer.dropout, "a number in [0, 1)"));
            }
        }
        Ok(())
    }
}

impl LayerForm {
    fn sizes(self) -> [usize; 3] {
        match self {
            Self::Dense { size } => [size, 1, 1],
            Self::Image(Image { height, width, channels }) => [height, width, channels],
            Self::Convolution(kernel) | Self::Transposed(kernel) | Self::Nearest(kernel) => {
                [kernel.channels, kernel.side, kernel.stride]
            }
        }
    }

    fn parse<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let first = words.next()?;
        let kernel = |words: &mut dyn Iterator<Item = &'a str>| {
            let channels = words.next()?.parse().ok()?;
            let (side, stride) = words.next()?.split_once('/')?;
            Some(Filter { channels, side: side.parse().ok()?, stride: stride.parse().ok()? })
        };
        match first {
            "conv" => kernel(words).map(Self::Convolution),
            "up" => kernel(words).map(Self::Transposed),
            "nearest" => kernel(words).map(Self::Nearest),
            _ => {
                let sizes: Option<Vec<usize>> = first.split('x').map(|size| size.parse().ok()).collect();
                match sizes?[..] {
                    [size] => Some(Self::Dense { size }),
                    [height, width, channels] => Some(Self::Image(Image { height, width, channels })),
                    _ => None,
                }
            }
        }
    }
}

impl fmt::Display for LayerForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kernel = |f: &mut fmt::Formatter<'_>, name, Filter { channels, side, stride }| {
            write!(f, "{name} {channels} {side}/{stride}")
        };
        match *self {
            Self::Dense { size } => write!(f, "{size}"),
            Self::Image(Image { height, width, channels }) => write!(f, "{height}x{width}x{channels}"),
            Self::Convolution(windows) => kernel(f, "conv", windows),
            Self::Transposed(windows) => kernel(f, "up", windows),
            Self::Nearest(windows) => kernel(f, "nearest", windows),
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let norm = match self.normalisation {
            Normalisation::None => "",
            Normalisation::Batch => "batch ",
            Normalisation::Layer => "layer ",
        };
        write!(f, "{} {norm}{}", self.form, self.activation)?;
        if self.dropout > 0.0 { write!(f, " dropout:{}", self.dropout) } else { Ok(()) }
    }
}

impl FromStr for Layer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let expected = "SIZE, HxWxC, or conv, up or nearest with CHANNELS SIDE/STRIDE; then batch or layer, an activation, dropout:SHARE: such as \
                        `128 lrelu` or `conv 64 4/2 batch relu`";
        let unknown = || Error::unknown_name("layer", text.trim(), expected);
        let mut words = text.split_whitespace().peekable();
        let form = LayerForm::parse(&mut words).ok_or_else(unknown)?;
        let normalisation = match words.peek() {
            Some(&"batch") => Normalisation::Batch,
            Some(&"layer") => Normalisation::Layer,
            _ => Normalisation::None,
        };
        if normalisation != Normalisation::None {
            words.next();
        }
        let share = |word: &str| word.strip_prefix("dropout:").map(|share| share.parse().map_err(|_| unknown()));
        let activation = match words.next_if(|word| share(word).is_none()) {
            Some(name) => name.parse()?,
            None => Activation::LeakyRelu(0.2),
        };
        let dropout = words.next().map_or(Ok(0.0), |word| share(word).unwrap_or_else(|| Err(unknown())))?;
        if words.next().is_some() {
            return Err(unknown());
        }
        Ok(Self { form, normalisation, activation, dropout })
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, layer) in self.0.iter().enumerate() {
            write!(f, "{}{layer}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Layers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        Ok(Self(text.split(',').map(str::parse).collect::<Result<_>>()?))
    }
}

impl From<Layers> for String {
    fn from(layers: Layers) -> Self {
        layers.to_string()
    }
}

impl TryFrom<String> for Layers {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
