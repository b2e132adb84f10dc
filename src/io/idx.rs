//! IDX, the format of MNIST: a big-endian header (element type, axes, sizes), then the elements.
//!
//! Format: the foot of <http://yann.lecun.com/exdb/mnist/>.

use super::broken;
use super::limits::Room;
use crate::error::Result;
use ndarray::ArrayD;

/// The array in an IDX file.
pub(super) fn parse(bytes: &[u8], name: &str, room: Room) -> Result<ArrayD<f64>> {
    let truncated = |needed: usize| {
        broken(name, format!("truncated: its header promises {needed} bytes, there are {}", bytes.len()))
    };
    let &[0, 0, kind, axes, ref rest @ ..] = bytes else {
        return Err(broken(name, "not an IDX file; expected two zero bytes, the element type and the number of axes"));
    };
    let decode: fn(&[u8]) -> f64 = match kind {
        0x08 => |b| f64::from(b[0]),
        0x09 => |b| f64::from(i8::from_be_bytes([b[0]])),
        0x0b => |b| f64::from(i16::from_be_bytes([b[0], b[1]])),
        0x0c => |b| f64::from(i32::from_be_bytes([b[0], b[1], b[2], b[3]])),
        0x0d => |b| f64::from(f32::from_be_bytes([b[0], b[1], b[2], b[3]])),
        0x0e => |b| f64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
        _ => {
            let why = format!("element type {kind:#04x}; expected 0x08 0x09 0x0b 0x0c 0x0d or 0x0e");
            return Err(broken(name, why));
        }
    };
    let width = match kind {
        0x08 | 0x09 => 1,
        0x0b => 2,
        0x0e => 8,
        _ => 4,
    };
    let header = 4 * usize::from(axes);
    let Some((sizes, data)) = rest.split_at_checked(header) else {
        return Err(truncated(4 + header));
    };
    let shape: Vec<usize> =
        sizes.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
    let Some(length) = shape.iter().try_fold(width, |n: usize, &size| n.checked_mul(size)) else {
        return Err(broken(name, format!("a shape of {shape:?} is more than memory holds")));
    };
    if data.len() < length {
        return Err(truncated(length.saturating_add(4 + header)));
    }
    if data.len() > length {
        let extra = data.len() - length;
        return Err(broken(name, format!("{extra} bytes follow the last number that its header promises")));
    }
    room.check_shape(&shape, name)?;
    let values = data.chunks_exact(width).map(decode).collect();
    ArrayD::from_shape_vec(shape, values).map_err(|e| broken(name, e.to_string()))
}
