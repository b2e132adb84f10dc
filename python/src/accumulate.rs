//! States of samples on many machines: they are pushed into, merged, and go through bytes.

use crate::estimate::Estimate;
use crate::failure::refused;
use crate::input::Numbers;
use fenchel::measure::Real;
use fenchel::ndarray::ArrayView2;
use fenchel::score::accumulate::{
    Accumulator, Additive, BlockMeans, CellMasses, Extents, HistogramCounts, Lines, Merged, MomentSums, QueryDistances,
    Statistic, WaveSums,
};
use numpy::PyReadonlyArray2;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A score of two states: estimate, bracket of the value of these samples, bound of the rounding of all merges.
type Row = (Estimate, (f64, f64), f64);

/// A state of any kind.
#[derive(Clone)]
enum Any {
    Moments(Accumulator<MomentSums>),
    Extents(Accumulator<Extents>),
    Histograms(Accumulator<HistogramCounts>),
    Features(Accumulator<WaveSums>),
    Blocks(Accumulator<BlockMeans>),
    Cells(Accumulator<CellMasses>),
    Queries(Accumulator<QueryDistances>),
}

/// The same call on whatever state there is.
macro_rules! on_any {
    ($state:expr, $bound:ident => $call:expr) => {
        match $state {
            Any::Moments($bound) => $call,
            Any::Extents($bound) => $call,
            Any::Histograms($bound) => $call,
            Any::Features($bound) => $call,
            Any::Blocks($bound) => $call,
            Any::Cells($bound) => $call,
            Any::Queries($bound) => $call,
        }
    };
}

/// What a state is made with; each kind takes what it needs.
#[derive(FromPyObject)]
pub struct Specification<'py> {
    columns: usize,
    directions: Option<usize>,
    seed: u64,
    ranges: Vec<(f64, f64)>,
    /// Bins, frequencies, rows of a block, cells, or neighbours.
    count: usize,
    /// The bandwidth of the kernel, or the edge of the cells.
    length: f64,
    statistic: String,
    queries: Option<(PyReadonlyArray2<'py, f64>, PyReadonlyArray2<'py, f64>)>,
}

impl Specification<'_> {
    fn lines(&self) -> fenchel::Result<Lines> {
        match self.directions {
            None => Lines::columns(self.columns),
            Some(directions) => Lines::directions(self.columns, directions, self.seed),
        }
    }

    fn state(&self, kind: &str, part: u64) -> PyResult<Any> {
        let (columns, count) = (self.columns, self.count);
        let state = match kind {
            "moments" => MomentSums::new(columns).map(|kind| Any::Moments(of_part(kind, part))),
            "extents" => self.lines().map(|lines| Any::Extents(of_part(Extents::new(lines), part))),
            "histograms" => self
                .lines()
                .and_then(|lines| HistogramCounts::new(lines, &self.ranges, count))
                .map(|kind| Any::Histograms(of_part(kind, part))),
            "features" => {
                WaveSums::new(columns, self.length, count, self.seed).map(|kind| Any::Features(of_part(kind, part)))
            }
            "blocks" => {
                let statistic = if self.statistic == "kid" { Statistic::Kid } else { Statistic::Energy };
                BlockMeans::new(columns, count, statistic).map(|kind| Any::Blocks(of_part(kind, part)))
            }
            "cells" => CellMasses::new(columns, self.length, count).map(|kind| Any::Cells(of_part(kind, part))),
            "queries" => {
                let Some((real, generated)) = &self.queries else {
                    return Err(PyValueError::new_err("queries of both samples are needed"));
                };
                QueryDistances::new(real.as_array(), generated.as_array(), count)
                    .map(|kind| Any::Queries(of_part(kind, part)))
            }
            _ => return Err(PyValueError::new_err(format!("no kind of state `{kind}`"))),
        };
        state.map_err(refused)
    }
}

fn of_part<K: Additive>(kind: K, part: u64) -> Accumulator<K> {
    Accumulator::new(kind).part(part)
}

/// The name of the kind that bytes say they hold; what follows is for the library to judge.
fn kind_of(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(12..16)?.try_into().ok()?))
}

impl Any {
    fn from_bytes(bytes: &[u8]) -> fenchel::Result<Self> {
        Ok(match kind_of(bytes) {
            Some(Extents::NUMBER) => Self::Extents(Accumulator::from_bytes(bytes)?),
            Some(HistogramCounts::NUMBER) => Self::Histograms(Accumulator::from_bytes(bytes)?),
            Some(WaveSums::NUMBER) => Self::Features(Accumulator::from_bytes(bytes)?),
            Some(BlockMeans::NUMBER) => Self::Blocks(Accumulator::from_bytes(bytes)?),
            Some(CellMasses::NUMBER) => Self::Cells(Accumulator::from_bytes(bytes)?),
            Some(QueryDistances::NUMBER) => Self::Queries(Accumulator::from_bytes(bytes)?),
            _ => Self::Moments(Accumulator::from_bytes(bytes)?),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Moments(_) => MomentSums::NAME,
            Self::Extents(_) => Extents::NAME,
            Self::Histograms(_) => HistogramCounts::NAME,
            Self::Features(_) => WaveSums::NAME,
            Self::Blocks(_) => BlockMeans::NAME,
            Self::Cells(_) => CellMasses::NAME,
            Self::Queries(_) => QueryDistances::NAME,
        }
    }

    fn push<T: Real>(&mut self, rows: ArrayView2<'_, T>, weights: Option<Vec<f64>>) -> fenchel::Result<()> {
        on_any!(self, state => match weights {
            None => state.push(rows),
            Some(weights) => state.push_weighted(rows, weights),
        })
    }

    fn merge(&mut self, other: &Self) -> PyResult<()> {
        let merged = match (&mut *self, other) {
            (Self::Moments(state), Self::Moments(other)) => state.merge(other),
            (Self::Extents(state), Self::Extents(other)) => state.merge(other),
            (Self::Histograms(state), Self::Histograms(other)) => state.merge(other),
            (Self::Features(state), Self::Features(other)) => state.merge(other),
            (Self::Blocks(state), Self::Blocks(other)) => state.merge(other),
            (Self::Cells(state), Self::Cells(other)) => state.merge(other),
            (Self::Queries(state), Self::Queries(other)) => state.merge(other),
            (state, other) => return Err(of_two_kinds(state, other, "merge")),
        };
        merged.map_err(refused)
    }

    /// The scores against a generated sample; blocks hold both samples themselves.
    fn finish(&self, generated: Option<&Self>) -> PyResult<Vec<Merged>> {
        let found = match (self, generated) {
            (Self::Blocks(state), None) => state.finish().map(|found| vec![found]),
            (Self::Moments(real), Some(Self::Moments(other))) => real.frechet(other).map(|found| vec![found]),
            (Self::Histograms(real), Some(Self::Histograms(other))) => real.w1(other).and_then(|mut found| {
                found.push(real.sliced_w2(other)?);
                Ok(found)
            }),
            (Self::Features(real), Some(Self::Features(other))) => real.mmd(other).map(|found| vec![found]),
            (Self::Cells(real), Some(Self::Cells(other))) => real.w2(other).map(|found| vec![found]),
            (Self::Queries(real), Some(Self::Queries(other))) => real.neighbours(other).map(Vec::from),
            (state, Some(other)) if state.kind() != other.kind() => return Err(of_two_kinds(state, other, "compare")),
            (state, _) => {
                let why = match state.kind() {
                    "blocks" => "holds both samples and is finished without another one",
                    "extents" => "is finished by `ranges`",
                    _ => "is compared with the state of the generated sample",
                };
                return Err(PyValueError::new_err(format!("a state of {} {why}", state.kind())));
            }
        };
        found.map_err(refused)
    }
}

fn of_two_kinds(one: &Any, other: &Any, verb: &str) -> PyErr {
    PyValueError::new_err(format!("states of {} and of {} do not {verb}", one.kind(), other.kind()))
}

/// The state of a sample, or of a part of it; ``fenchel.accumulate`` makes them.
#[pyclass(name = "State", module = "fenchel")]
#[derive(Clone)]
pub struct PartialState(Any);

#[pymethods]
impl PartialState {
    #[new]
    fn new(kind: &str, part: u64, specification: Specification<'_>) -> PyResult<Self> {
        Ok(Self(specification.state(kind, part)?))
    }

    /// A state from what ``to_bytes`` has returned anywhere.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        Ok(Self(py.detach(|| Any::from_bytes(data)).map_err(refused)?))
    }

    /// Takes rows (n, d) of ``float64`` or ``float32``, and weights (n,).
    #[pyo3(signature = (rows, weights = None))]
    fn push(&mut self, py: Python<'_>, rows: &Bound<'_, PyAny>, weights: Option<Numbers<'_>>) -> PyResult<()> {
        let weights = weights.map(|weights| weights.as_array().to_vec());
        if let Ok(rows) = rows.extract::<PyReadonlyArray2<'_, f64>>() {
            let rows = rows.as_array();
            return py.detach(|| self.0.push(rows, weights)).map_err(refused);
        }
        let Ok(rows) = rows.extract::<PyReadonlyArray2<'_, f32>>() else {
            return Err(PyTypeError::new_err("rows are an array (n, d) of float64 or float32"));
        };
        let rows = rows.as_array();
        py.detach(|| self.0.push(rows, weights)).map_err(refused)
    }

    /// Takes what the state of another part has seen.
    fn merge(&mut self, py: Python<'_>, other: &Self) -> PyResult<()> {
        py.detach(|| self.0.merge(&other.0))
    }

    /// The state as bytes, the same on every machine.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| on_any!(&self.0, state => state.to_bytes()));
        PyBytes::new(py, &bytes)
    }

    /// The number of these bytes.
    #[getter]
    fn size(&self, py: Python<'_>) -> usize {
        py.detach(|| on_any!(&self.0, state => state.size()))
    }

    /// Rows so far.
    #[getter]
    fn rows(&self) -> u64 {
        on_any!(&self.0, state => state.rows())
    }

    /// Columns of a row.
    #[getter]
    fn columns(&self) -> usize {
        on_any!(&self.0, state => state.columns())
    }

    /// The kind of the state.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    /// The least and the largest projection on each line, of a state of extents.
    fn ranges(&self) -> PyResult<Vec<(f64, f64)>> {
        match &self.0 {
            Any::Extents(state) => state.finish().map_err(refused),
            other => Err(PyValueError::new_err(format!("a state of {} has no ranges", other.kind()))),
        }
    }

    /// Each score of a real (this) and a generated sample: estimate, bracket of the value of these samples, rounding bound.
    #[pyo3(signature = (generated = None))]
    fn finish(&self, py: Python<'_>, generated: Option<&Self>) -> PyResult<Vec<Row>> {
        let found = py.detach(|| self.0.finish(generated.map(|other| &other.0)))?;
        Ok(found.into_iter().map(|found| (Estimate(found.estimate), found.bracket, found.rounding)).collect())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let read = py.import("fenchel._fenchel")?.getattr("State")?.getattr("from_bytes")?;
        Ok((read, (self.to_bytes(py),)))
    }
}
