//! Shapes from layer to layer: what a convolution is as a product.

use super::activation::Activation;
use super::layers::{Filter, Layer, LayerForm, Layers};
use super::passage::{Image, Passage};
use super::window::Window;
use crate::error::{Error, Result};

/// A layer whose shapes are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    pub layer: Layer,
    pub passage: Passage,
    /// Rows and columns of the weights.
    pub weight: (usize, usize),
    /// Columns of bias and normalisation: outputs, or channels of an image.
    pub channels: usize,
    /// Numbers of a sample after the layer.
    pub outputs: usize,
    /// Numbers of a sample that are stored on the way, besides.
    pub on_the_way: usize,
    /// What the outputs are.
    pub image: Option<Image>,
}

/// The hidden layers of a network of so many columns, with a dense one of the given size and activation at the end. A network whose
/// last hidden layer makes images of so many numbers by that activation has no further layer.
///
/// # Errors
/// Layers whose shapes do not fit; the error names the layer.
pub(crate) fn through(hidden: &Layers, inputs: usize, last: (usize, Activation)) -> Result<Vec<Planned>> {
    let mut planned: Vec<Planned> = Vec::new();
    let plan = |layer: Layer, before: Option<&Planned>| {
        let (inputs, image) = before.map_or((inputs, None), |before| (before.outputs, before.image));
        Planned::new(layer, inputs, image)
    };
    for &layer in &hidden.0 {
        let next = plan(layer, planned.last()).map_err(|error| error.context(format!("layer `{layer}`")))?;
        planned.push(next);
    }
    let ends = planned.last().is_some_and(|end| end.image.is_some() && (end.outputs, end.layer.activation) == last);
    if !ends {
        planned.push(plan(last.into(), planned.last())?);
    }
    Ok(planned)
}

impl Image {
    fn numbers(self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// The square image of one channel, or of three, that a row of so many numbers can be.
    fn square(numbers: usize) -> Option<Self> {
        [1, 3].into_iter().find_map(|channels| {
            let side = (numbers / channels).isqrt();
            let image = Self { height: side, width: side, channels };
            (side > 0 && image.numbers() == numbers).then_some(image)
        })
    }

    fn window(self, side: usize, stride: usize, padding: usize) -> Result<Window> {
        let Self { height, width, channels } = self;
        let window = Window { height, width, channels, side, stride, padding };
        // padding grows with the side, so that it alone refuses no side
        if !window.is_sound() || side > height.max(width).saturating_mul(2) {
            let why =
                format!("windows of side {side} and stride {stride} do not fit into images of {height} x {width}");
            return Err(Error::infeasible("a convolution", why));
        }
        Ok(window)
    }
}

impl Planned {
    /// A layer for samples of so many numbers, which are images of this size if the layer before made them so.
    fn new(layer: Layer, inputs: usize, image: Option<Image>) -> Result<Self> {
        let image = || {
            image.or_else(|| Image::square(inputs)).ok_or_else(|| {
                let why = format!(
                    "{inputs} columns are no square image of one channel or three; put a layer HxWxC before it, such as 7x7x64"
                );
                Error::infeasible("a convolution", why)
            })
        };
        let base = Self {
            layer,
            passage: Passage::Rows,
            weight: (inputs, 0),
            channels: 0,
            outputs: 0,
            on_the_way: 0,
            image: None,
        };
        match layer.form {
            LayerForm::Dense { size } => Ok(Self { weight: (inputs, size), channels: size, outputs: size, ..base }),
            LayerForm::Image(made) => {
                let size = made.numbers();
                let planned = Self { weight: (inputs, size), outputs: size, ..base };
                Ok(Self { passage: Passage::Image(made), channels: made.channels, image: Some(made), ..planned })
            }
            LayerForm::Convolution(kernel) => {
                let padding = kernel.side.saturating_sub(kernel.stride).div_ceil(2);
                let window = image()?.window(kernel.side, kernel.stride, padding)?;
                Ok(base.convolution(Passage::Unfold(window), window, kernel.channels))
            }
            LayerForm::Transposed(kernel) => base.transposed(image()?, kernel),
            LayerForm::Nearest(kernel) => {
                let small = image()?;
                let (height, width) =
                    (small.height.saturating_mul(kernel.stride), small.width.saturating_mul(kernel.stride));
                let large = Image { height, width, ..small };
                let copies = large.window(kernel.stride, kernel.stride, 0)?;
                let windows = large.window(kernel.side, 1, kernel.side.saturating_sub(1).div_ceil(2))?;
                Ok(base.convolution(Passage::Nearest { copies, windows }, windows, kernel.channels))
            }
        }
    }

    fn convolution(self, passage: Passage, window: Window, channels: usize) -> Self {
        let (height, width) = window.places();
        let made = Image { height, width, channels };
        let columns = window.columns();
        Self {
            passage,
            weight: (columns, channels),
            channels,
            outputs: made.numbers(),
            on_the_way: (height * width).saturating_mul(columns),
            image: Some(made),
            ..self
        }
    }

    fn transposed(self, small: Image, kernel: Filter) -> Result<Self> {
        let Filter { channels, side, stride } = kernel;
        let (height, width) = (small.height.saturating_mul(stride), small.width.saturating_mul(stride));
        let made = Image { height, width, channels };
        let window = made.window(side, stride, side.saturating_sub(stride).div_ceil(2))?;
        if window.places() != (small.height, small.width) {
            let why =
                format!("with windows of side {side} and stride {stride}, images do not grow by a factor of {stride}");
            return Err(Error::infeasible("a transposed convolution", why));
        }
        Ok(Self {
            passage: Passage::Fold(window),
            weight: (small.channels, window.columns()),
            channels,
            outputs: made.numbers(),
            on_the_way: (small.height * small.width).saturating_mul(window.columns()),
            image: Some(made),
            ..self
        })
    }
}
