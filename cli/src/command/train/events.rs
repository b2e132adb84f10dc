//! The numbers of a run as TensorBoard reads them, beside `metrics.jsonl`.
//!
//! A file of events is a row of records: length, checksum, bytes, checksum (TFRecord). The bytes are a message of protocol
//! buffers, `Event` with `step` and a `Summary` of a name and a number. The time of an event is its step, in seconds: so a run
//! that goes on writes the same bytes.

use anyhow::Result;
use fenchel::record::{Growing, Run};
use serde_json::Value;

const FOLDER: &str = "tensorboard";
const FILE: &str = "events.out.tfevents.0.fenchel";

/// The growing file of events.
pub struct Events(Growing);

impl Events {
    /// Begins the file with what `metrics.jsonl` has so far.
    pub fn open(run: &Run) -> Result<Self> {
        let mut bytes = record(&event(0, &field(3, b"brain.Event:2")));
        for line in String::from_utf8_lossy(&run.load("metrics.jsonl")?).lines() {
            bytes.extend(events(&serde_json::from_str(line)?));
        }
        Ok(Self(run.grow(&format!("{FOLDER}/{FILE}"), &bytes)?))
    }

    /// Adds the numbers of a line of `metrics.jsonl`.
    pub fn append(&mut self, line: &Value) -> Result<()> {
        Ok(self.0.add(&events(line))?)
    }
}

/// A record for each number of a line.
fn events(line: &Value) -> Vec<u8> {
    let step = line["step"].as_u64().unwrap_or(0);
    let mut found: Vec<(String, f64)> = Vec::new();
    for (key, value) in line.as_object().into_iter().flatten().filter(|(key, _)| *key != "step") {
        found.extend(value.as_f64().map(|value| (format!("round/{key}"), value)));
        for row in value.as_array().into_iter().flatten() {
            let group = if key == "scores" { "score" } else { key };
            let name = row["name"].as_str().unwrap_or_default();
            found.extend(row["value"].as_f64().map(|value| (format!("{group}/{name}"), value)));
        }
    }
    found.iter().flat_map(|(name, value)| record(&event(step, &summary(name, *value)))).collect()
}

/// `Event { wall_time = 1, step = 2 }` and another field.
fn event(step: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x09];
    bytes.extend((step as f64).to_le_bytes());
    bytes.push(0x10);
    varint(step, &mut bytes);
    bytes.extend(rest);
    bytes
}

/// `summary = 5 { value = 1 { tag = 1, simple_value = 2 } }`.
fn summary(name: &str, value: f64) -> Vec<u8> {
    let mut inner = field(1, name.as_bytes());
    inner.push(0x15);
    inner.extend((value as f32).to_le_bytes());
    field(5, &field(1, &inner))
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![number << 3 | 2];
    varint(bytes.len() as u64, &mut all);
    all.extend(bytes);
    all
}

fn varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let mut all = length.to_vec();
    all.extend(masked(crc32c(&length)).to_le_bytes());
    all.extend(bytes);
    all.extend(masked(crc32c(bytes)).to_le_bytes());
    all
}

fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The checksum of Castagnoli (RFC 3720, B.4), a bit at a time.
fn crc32c(bytes: &[u8]) -> u32 {
    let byte = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 })
    };
    !bytes.iter().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 3720, B.4, and the usual one.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    /// A reader of records and messages written apart from the writer: fields by their numbers and wire types.
    fn read(mut bytes: &[u8]) -> Vec<(u64, String, f32)> {
        fn number(bytes: &mut &[u8]) -> u64 {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let byte = bytes[0];
                *bytes = &bytes[1..];
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            value
        }
        fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
            let mut all = Vec::new();
            while !bytes.is_empty() {
                let key = number(&mut bytes);
                let value = match key & 7 {
                    0 => number(&mut bytes).to_le_bytes().to_vec(),
                    kind => {
                        let length = match kind {
                            1 => 8,
                            5 => 4,
                            _ => number(&mut bytes) as usize,
                        };
                        let (value, rest) = bytes.split_at(length);
                        bytes = rest;
                        value.to_vec()
                    }
                };
                all.push((key >> 3, value));
            }
            all
        }
        let of = |fields: &[(u64, Vec<u8>)], key: u64| fields.iter().find(|f| f.0 == key).map(|f| f.1.clone());
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            assert_eq!(bytes[8..12], masked(crc32c(&bytes[..8])).to_le_bytes());
            let message = &bytes[12..12 + length];
            assert_eq!(bytes[12 + length..16 + length], masked(crc32c(message)).to_le_bytes());
            bytes = &bytes[16 + length..];
            let event = fields(message);
            let step = u64::from_le_bytes(of(&event, 2).unwrap().try_into().unwrap());
            if let Some(summary) = of(&event, 5) {
                let value = fields(&of(&fields(&summary), 1).unwrap());
                let number = f32::from_le_bytes(of(&value, 2).unwrap().try_into().unwrap());
                found.push((step, String::from_utf8(of(&value, 1).unwrap()).unwrap(), number));
            }
        }
        found
    }

    #[test]
    fn what_is_written_is_read() {
        let losses = json!({"step": 300, "generator_loss": 0.5, "value": "nan"});
        let watched = json!({"step": 70_000, "watched": [{"name": "w2", "value": 0.25, "floor": 0.1}]});
        let bytes: Vec<u8> = [events(&losses), events(&watched)].concat();
        let expected = [(300, "round/generator_loss".to_owned(), 0.5), (70_000, "watched/w2".to_owned(), 0.25)];
        assert_eq!(read(&bytes), expected);
    }
}
