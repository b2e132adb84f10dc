//! Costs by angle: cosine and correlation distance, and the great circle between places on a globe.
//!
//! The first two are squared Euclidean distances of other points, `1 - cos(x, y) = |x/|x| - y/|y||²/2`, so the searches
//! for Euclidean costs serve them too. That form keeps all digits where the angle is small; `1 - cos` has none there.
//!
//! Source for the great circle: Vincenty 1975 (doi:10.1179/sre.1975.23.176.88) on a sphere, with differences of angles in place of
//! differences of products.

use crate::error::{Error, Result};
use crate::linalg::check_finite;
use ndarray::{Array2, ArrayView2};
use std::f64::consts::FRAC_1_SQRT_2;

/// The mean radius of the Earth in kilometres (IUGG).
pub const EARTH: f64 = 6371.0088;

/// The points whose squared Euclidean distances are the cosine distances `1 - cos(x, y)` between the rows: the rows
/// scaled to length `sqrt(1/2)`.
///
/// # Errors
/// A number that is not finite; a row of zeros, which has no direction.
///
/// ```
/// use fenchel::transport::{Cost, Ground, angular};
/// use ndarray::array;
/// let x = angular::cosine_points(array![[3.0, 0.0], [1.0, 1.0]].view())?;
/// let y = angular::cosine_points(array![[0.0, 0.1]].view())?;
/// let cost = Cost::between(x.view(), y.view(), Ground::SqEuclidean)?;
/// assert!((cost.at(0, 0) - 1.0).abs() < 1e-15); // a right angle
/// assert!((cost.at(1, 0) - (1.0 - 0.5f64.sqrt())).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn cosine_points(rows: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    check_finite(rows, "rows")?;
    let mut points = rows.to_owned();
    for (i, mut row) in points.rows_mut().into_iter().enumerate() {
        let largest = row.fold(0.0, |most: f64, x| most.max(x.abs()));
        if largest == 0.0 {
            return Err(Error::out_of_domain(
                format!("length of row {i}"),
                0.0,
                "a row that is not all zeros, which have no direction",
            ));
        }
        // scale first, so that no square overflows or vanishes
        row.mapv_inplace(|x| x / largest);
        let length = row.dot(&row).sqrt();
        row.mapv_inplace(|x| x / length * FRAC_1_SQRT_2);
    }
    Ok(points)
}

/// The points whose squared Euclidean distances are the correlation distances `1 - r(x, y)` between the rows, with
/// Pearson's `r` over the columns.
///
/// # Errors
/// As [`cosine_points`]; a row whose entries are all equal up to rounding.
///
/// ```
/// use fenchel::transport::{Cost, Ground, angular};
/// use ndarray::array;
/// let rows = angular::correlation_points(array![[1.0, 2.0, 3.0], [20.0, 40.0, 60.0], [9.0, 8.0, 7.0]].view())?;
/// let cost = Cost::between(rows.view(), rows.view(), Ground::SqEuclidean)?;
/// assert!(cost.at(0, 1) < 1e-15 && (cost.at(0, 2) - 2.0).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn correlation_points(rows: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    check_finite(rows, "rows")?;
    let mut centred = rows.to_owned();
    let d = rows.ncols() as f64;
    for (i, mut row) in centred.rows_mut().into_iter().enumerate() {
        let largest = row.fold(0.0, |most: f64, x| most.max(x.abs()));
        if largest > 0.0 {
            row.mapv_inplace(|x| x / largest);
        }
        let mean = row.sum() / d;
        row.mapv_inplace(|x| x - mean);
        let spread = row.fold(0.0, |most: f64, x| most.max(x.abs()));
        if spread <= d * f64::EPSILON {
            return Err(Error::out_of_domain(
                format!("spread of row {i}"),
                0.0,
                "a row whose entries are not all the same, which correlate with nothing",
            ));
        }
    }
    cosine_points(centred.view())
}

/// The distances along great circles between places on a globe of this `radius` (n×m), in its units. Rows are latitude
/// and longitude in degrees.
///
/// # Errors
/// Not two columns; a latitude outside [-90, 90] or a longitude outside [-360, 360]; a radius that is not positive and finite.
///
/// ```
/// use fenchel::transport::angular;
/// use ndarray::array;
/// let places = array![[0.0, 0.0], [0.0, 180.0], [90.0, 17.0]];
/// let km = angular::great_circle(places.view(), places.view(), angular::EARTH)?;
/// assert!((km[[0, 1]] - 20015.1147).abs() < 1e-3); // half way round
/// assert!((km[[0, 2]] - 10007.5573).abs() < 1e-3); // to the pole
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn great_circle(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, radius: f64) -> Result<Array2<f64>> {
    if !(radius > 0.0 && radius.is_finite()) {
        return Err(Error::out_of_domain("radius", radius, "a positive number"));
    }
    for (what, places) in [("x", x), ("y", y)] {
        check_places(places, what)?;
    }
    Ok(Array2::from_shape_fn((x.nrows(), y.nrows()), |(i, j)| {
        radius * angle([x[[i, 0]], x[[i, 1]]], [y[[j, 0]], y[[j, 1]]])
    }))
}

fn check_places(places: ArrayView2<'_, f64>, what: &str) -> Result<()> {
    if places.ncols() != 2 {
        return Err(Error::size_mismatch((what, places.ncols()), ("a place (latitude, longitude)", 2), "columns"));
    }
    check_finite(places, what)?;
    for (i, place) in places.rows().into_iter().enumerate() {
        for (name, value, most) in [("latitude", place[0], 90.0), ("longitude", place[1], 360.0)] {
            if value.abs() > most {
                return Err(Error::out_of_domain(
                    format!("{name} in row {i} of {what}"),
                    value,
                    format!("degrees between -{most} and {most}"),
                ));
            }
        }
    }
    Ok(())
}

/// The angle between two places in radians, accurate to rounding also for coinciding places and antipodes.
fn angle([lat_x, lon_x]: [f64; 2], [lat_y, lon_y]: [f64; 2]) -> f64 {
    let (north, east) = ((lat_y - lat_x).to_radians(), (lon_y - lon_x).to_radians());
    let (lat_x, lat_y) = (lat_x.to_radians(), lat_y.to_radians());
    let bent = 2.0 * lat_y.cos() * (0.5 * east).sin().powi(2);
    let across = (lat_y.cos() * east.sin()).hypot(north.sin() + lat_x.sin() * bent);
    across.atan2(north.cos() - lat_x.cos() * bent)
}
