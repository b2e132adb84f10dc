//! Parquet: columns of numbers and of words, read by row groups.
//!
//! Format: <https://parquet.apache.org/docs/file-format>.

use super::columns::Selection;
use super::fields::Fields;
use super::limits::Room;
use super::{Note, Table, broken, no_numbers};
use crate::error::{Error, Result};
use bytes::Bytes;
use ndarray::Array2;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;

/// The column that pandas writes an index into.
const INDEX: &str = "__index_level_0__";

/// Cells of a column.
#[derive(Debug)]
pub(super) enum Chunk {
    /// NaN where one is missing.
    Numbers(Vec<f64>),
    Words(Vec<Option<String>>),
}

impl Chunk {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Words(words) => words.len(),
        }
    }
}

/// The rows of a file in blocks.
pub(super) struct Groups {
    reader: Box<dyn FileReader>,
    /// The row group to open next, and the columns of the one that is open.
    next: usize,
    open: Vec<ColumnReader>,
    left: usize,
    /// The columns that are kept, in their order.
    pub(super) kept: Vec<usize>,
    pub(super) names: Vec<String>,
    /// Whether a column that pandas wrote as an index was left out.
    pub(super) without_index: bool,
}

impl Groups {
    /// Of a file that lies there.
    pub(super) fn of_file(file: File, name: &str, selection: &Selection) -> Result<Self> {
        let reader = SerializedFileReader::new(file).map_err(|e| failed(name, &e))?;
        Self::new(Box::new(reader), name, selection)
    }

    /// Of a file that was read.
    pub(super) fn of_bytes(bytes: Vec<u8>, name: &str, selection: &Selection) -> Result<Self> {
        let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(|e| failed(name, &e))?;
        Self::new(Box::new(reader), name, selection)
    }

    fn new(reader: Box<dyn FileReader>, name: &str, selection: &Selection) -> Result<Self> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let names: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
        let mut kept = selection.of(Some(&names), names.len(), name)?;
        let whole = kept.len();
        if !matches!(selection, Selection::Only(_)) && whole > 1 {
            kept.retain(|&column| names[column] != INDEX);
        }
        for &column in &kept {
            if let Err(why) = supported(&schema.column(column)) {
                let what = format!("{name}, column `{}`", names[column]);
                return Err(Error::unsupported(
                    what,
                    format!("it holds {why}; expected numbers, truth values or text"),
                ));
            }
        }
        let without_index = kept.len() < whole;
        let names = kept.iter().map(|&column| names[column].clone()).collect();
        Ok(Self { reader, next: 0, open: Vec::new(), left: 0, kept, names, without_index })
    }

    /// All rows that there are.
    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.reader.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// At most so many rows, of one row group; none after the last.
    pub(super) fn block(&mut self, rows: usize, name: &str) -> Result<Option<Vec<Chunk>>> {
        while self.left == 0 {
            if self.next == self.reader.num_row_groups() {
                return Ok(None);
            }
            let group = self.reader.get_row_group(self.next).map_err(|e| failed(name, &e))?;
            let columns = self.kept.iter().map(|&column| group.get_column_reader(column));
            self.open = columns.collect::<std::result::Result<_, _>>().map_err(|e| failed(name, &e))?;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.next += 1;
        }
        let rows = rows.min(self.left);
        self.left -= rows;
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let columns = self.open.iter_mut().zip(&self.kept).zip(&self.names);
        let columns = columns.map(|((reader, &place), column)| {
            let about = |e: ParquetError| broken(name, format!("column `{column}`: {e}"));
            let found = chunk(reader, &schema.column(place), rows).map_err(about)?;
            if found.len() == rows { Ok(found) } else { Err(broken(name, format!("column `{column}` ends too early"))) }
        });
        columns.collect::<Result<Vec<Chunk>>>().map(Some)
    }
}

fn failed(name: &str, error: &ParquetError) -> Error {
    broken(name, format!("not a whole Parquet file: {error}"))
}

/// What a column holds, if it is nothing that can be read.
fn supported(column: &ColumnDescriptor) -> std::result::Result<(), String> {
    if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
        return Err("lists or nested fields".to_owned());
    }
    let logical = column.logical_type_ref();
    match (column.physical_type(), logical) {
        (_, Some(LogicalType::Decimal(_))) => Err("decimals".to_owned()),
        _ if column.converted_type() == ConvertedType::DECIMAL => Err("decimals".to_owned()),
        (Type::BYTE_ARRAY, None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json)) => Ok(()),
        (Type::INT96, _) => Err("time stamps of 96 bits".to_owned()),
        (Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY, Some(logical)) => Err(format!("bytes of the type {logical:?}")),
        (Type::FIXED_LEN_BYTE_ARRAY, None) => Err("bytes of a fixed length".to_owned()),
        _ => Ok(()),
    }
}

fn is_unsigned(column: &ColumnDescriptor) -> bool {
    let converted = [ConvertedType::UINT_8, ConvertedType::UINT_16, ConvertedType::UINT_32, ConvertedType::UINT_64];
    matches!(column.logical_type_ref(), Some(LogicalType::Integer(int)) if !int.is_signed)
        || converted.contains(&column.converted_type())
}

/// So many cells of a column.
fn chunk(
    reader: &mut ColumnReader,
    column: &ColumnDescriptor,
    rows: usize,
) -> std::result::Result<Chunk, ParquetError> {
    let most = column.max_def_level();
    let unsigned = is_unsigned(column);
    let number =
        |cells: Vec<Option<f64>>| Chunk::Numbers(cells.into_iter().map(|cell| cell.unwrap_or(f64::NAN)).collect());
    Ok(match reader {
        ColumnReader::BoolColumnReader(r) => number(of_level(r, rows, most, |x| f64::from(u8::from(*x)))?),
        ColumnReader::Int32ColumnReader(r) if unsigned => {
            number(of_level(r, rows, most, |x| f64::from(x.cast_unsigned()))?)
        }
        ColumnReader::Int64ColumnReader(r) if unsigned => {
            number(of_level(r, rows, most, |x| x.cast_unsigned() as f64)?)
        }
        ColumnReader::Int32ColumnReader(r) => number(of_level(r, rows, most, |x| f64::from(*x))?),
        ColumnReader::Int64ColumnReader(r) => number(of_level(r, rows, most, |x| *x as f64)?),
        ColumnReader::FloatColumnReader(r) => number(of_level(r, rows, most, |x| f64::from(*x))?),
        ColumnReader::DoubleColumnReader(r) => number(of_level(r, rows, most, |x| *x)?),
        ColumnReader::ByteArrayColumnReader(r) => {
            let words = of_level(r, rows, most, |x| x.as_utf8().map(str::to_owned))?;
            Chunk::Words(words.into_iter().map(Option::transpose).collect::<std::result::Result<_, _>>()?)
        }
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
            return Err(ParquetError::NYI("bytes of a fixed length".to_owned()));
        }
    })
}

/// The cells of a column, none where the definition level is not the highest.
fn of_level<T: DataType, V>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    most: i16,
    value: impl Fn(&T::T) -> V,
) -> std::result::Result<Vec<Option<V>>, ParquetError> {
    let (mut levels, mut values, mut found) = (Vec::new(), Vec::new(), 0);
    while found < rows {
        let (records, _, _) = reader.read_records(rows - found, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            break;
        }
        found += records;
    }
    if most == 0 {
        return Ok(values.iter().map(|x| Some(value(x))).collect());
    }
    let mut present = values.iter();
    Ok(levels.iter().map(|&level| if level == most { present.next().map(&value) } else { None }).collect())
}

/// All columns as numbers.
pub(super) fn table(bytes: &[u8], name: &str, selection: &Selection, room: Room) -> Result<Table> {
    let (table, _) = whole(bytes, name, selection, room, false)?;
    Ok(table)
}

/// All columns, with the text of those that are none of numbers.
pub(super) fn cells(bytes: &[u8], name: &str, selection: &Selection, room: Room) -> Result<(Table, Fields)> {
    whole(bytes, name, selection, room, true)
}

fn whole(bytes: &[u8], name: &str, selection: &Selection, room: Room, words: bool) -> Result<(Table, Fields)> {
    let mut groups = Groups::of_bytes(bytes.to_vec(), name, selection)?;
    let (rows, width) = (usize::try_from(groups.rows()).unwrap_or(usize::MAX), groups.kept.len());
    room.check_shape(&[rows, width], name)?;
    let (mut values, mut fields) = (Vec::new(), Fields::default());
    while let Some(block) = groups.block(rows.max(1), name)? {
        let first = values.len() / width;
        let numbers = if words { lenient(&block) } else { numbers(&block, &groups.names, name)? };
        if words {
            add_fields(&mut fields, &block, first as u64);
        }
        values.extend(numbers);
    }
    if values.is_empty() {
        return Err(no_numbers(&[0, width], name));
    }
    let values = Array2::from_shape_vec((values.len() / width, width), values).expect("whole rows");
    Ok((Table { values, columns: Some(groups.names.clone()), notes: groups.notes(name) }, fields))
}

impl Groups {
    /// What was decided about the columns.
    pub(super) fn notes(&self, name: &str) -> Vec<Note> {
        let note = || Note::Column(format!("{name}: column `{INDEX}` is the index of a data frame and was left out"));
        self.without_index.then(note).into_iter().collect()
    }

    /// The next rows as numbers and as text; the first has this number.
    pub(super) fn words(&mut self, rows: usize, first: u64, name: &str) -> Result<Option<(Array2<f64>, Fields)>> {
        let Some(block) = self.block(rows, name)? else { return Ok(None) };
        let mut fields = Fields::default();
        add_fields(&mut fields, &block, first);
        Ok(Some((lenient(&block), fields)))
    }

    /// The next rows as numbers.
    pub(super) fn numbers(&mut self, rows: usize, name: &str) -> Result<Option<Array2<f64>>> {
        let block = self.block(rows, name)?;
        block.map(|block| numbers(&block, &self.names, name)).transpose()
    }
}

/// The text of the cells of a block whose first row has this number.
fn add_fields(fields: &mut Fields, block: &[Chunk], first: u64) {
    let rows = block.first().map_or(0, Chunk::len);
    for (i, line) in (0..rows).zip(first + 1..) {
        fields.start_row(line);
        for column in block {
            match column {
                Chunk::Words(words) => fields.push(words[i].as_deref().unwrap_or_default()),
                Chunk::Numbers(values) if values[i].is_nan() => fields.push(""),
                Chunk::Numbers(values) => fields.push(&values[i].to_string()),
            }
        }
    }
}

/// Columns of numbers side by side.
fn numbers(block: &[Chunk], names: &[String], file: &str) -> Result<Array2<f64>> {
    match block.iter().position(|column| matches!(column, Chunk::Words(_))) {
        Some(at) => {
            let what = format!("{file}, column `{}`", names[at]);
            Err(Error::unsupported(what, "it holds text; expected numbers"))
        }
        None => Ok(lenient(block)),
    }
}

/// The same, with NaN in the place of text.
fn lenient(block: &[Chunk]) -> Array2<f64> {
    let rows = block.first().map_or(0, Chunk::len);
    let mut values = Array2::from_elem((rows, block.len()), f64::NAN);
    for (mut to, column) in values.columns_mut().into_iter().zip(block) {
        if let Chunk::Numbers(values) = column {
            to.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Reading, frames};
    use crate::measure::ColumnKind;
    use parquet::basic::Compression;
    use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    /// Ten rows in row groups of four: numbers with a hole, whole numbers, truth values, words with a hole.
    fn file(codec: Compression, schema: &str) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        for rows in [0..4, 4..8, 8..10i64] {
            let mut group = writer.next_row_group().unwrap();
            let present = |hole: i64| rows.clone().map(|i| i16::from(i != hole)).collect::<Vec<_>>();
            let mut place = 0;
            while let Some(mut column) = group.next_column().unwrap() {
                match place {
                    0 => {
                        let values: Vec<f64> = rows.clone().filter(|i| *i != 5).map(|i| i as f64 / 2.0).collect();
                        column.typed::<DoubleType>().write_batch(&values, Some(&present(5)), None).unwrap();
                    }
                    1 => {
                        let values: Vec<i64> = rows.clone().map(|i| i * i).collect();
                        column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
                    }
                    2 => {
                        let values: Vec<bool> = rows.clone().map(|i| i % 3 == 0).collect();
                        column.typed::<BoolType>().write_batch(&values, None, None).unwrap();
                    }
                    _ => {
                        let word = |i: i64| ByteArray::from(["red", "blue", "007"][(i % 3) as usize]);
                        let values: Vec<ByteArray> = rows.clone().filter(|i| *i != 2).map(word).collect();
                        column.typed::<ByteArrayType>().write_batch(&values, Some(&present(2)), None).unwrap();
                    }
                }
                column.close().unwrap();
                place += 1;
            }
            group.close().unwrap();
        }
        writer.close().unwrap();
        bytes
    }

    const SCHEMA: &str =
        "message m { optional double x; required int64 k; required boolean b; optional binary city (STRING); }";

    #[test]
    fn every_row_group_and_kind_is_read() {
        let dir = tempfile::tempdir().unwrap();
        for codec in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::ZSTD(Default::default()),
            Compression::LZ4_RAW,
        ] {
            let path = dir.path().join("table.parquet");
            std::fs::write(&path, file(codec, SCHEMA)).unwrap();
            let cells = Reading::new().sheet(&path).unwrap().cells().unwrap();
            let frame = &frames(&[cells], &[]).unwrap()[0];
            assert_eq!(frame.names(), ["x", "k", "b", "city"]);
            let values = frame.columns()[0].values().unwrap();
            assert!((0..10).all(|i| if i == 5 {
                values[i].is_nan()
            } else {
                values[i].to_bits() == (i as f64 / 2.0).to_bits()
            }));
            assert_eq!(frame.columns()[1].values().unwrap()[9].to_bits(), 81f64.to_bits());
            assert_eq!(frame.columns()[2].values().unwrap().iter().sum::<f64>().to_bits(), 4f64.to_bits());
            // text stays text, also where it looks like a number
            assert_eq!(frame.columns()[3].kind(), ColumnKind::Category);
            assert_eq!(frame.columns()[3].levels(), ["007", "blue", "red"]);
            assert_eq!((frame.columns()[3].missing(), frame.columns()[3].category(3)), (1, Some("red")));
        }
    }

    #[test]
    fn numbers_come_in_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.parquet");
        std::fs::write(&path, file(Compression::SNAPPY, SCHEMA)).unwrap();
        let reading = Reading::new().columns(["b", "k"]);
        let whole = reading.table(&path).unwrap();
        assert_eq!(
            (whole.columns.as_deref().unwrap(), whole.values.dim()),
            (&["b".to_owned(), "k".to_owned()][..], (10, 2))
        );
        let blocks = reading.blocks(&path, 3).unwrap();
        assert_eq!((blocks.rows(), blocks.width(), blocks.columns().unwrap().len()), (Some(10), 2, 2));
        let blocks: Vec<Array2<f64>> = blocks.collect::<Result<_>>().unwrap();
        assert_eq!(blocks.iter().map(Array2::nrows).collect::<Vec<_>>(), [3, 1, 3, 1, 2]);
        let rows: Vec<f64> = blocks.iter().flatten().copied().collect();
        assert!(rows.iter().zip(&whole.values).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.parquet");
        std::fs::write(&path, file(Compression::SNAPPY, SCHEMA)).unwrap();
        let message = Reading::new().table(&path).unwrap_err().to_string();
        assert!(message.contains("`city`") && message.contains("text"), "{message}");
        let message = Reading::new().columns(["x"]).table(&path).unwrap_err().to_string();
        assert!(message.contains("row 5"), "{message}");
        let decimals = SCHEMA.replace("int64 k", "int64 k (DECIMAL(10, 2))");
        std::fs::write(&path, file(Compression::SNAPPY, &decimals)).unwrap();
        let message = Reading::new().sheet(&path).unwrap().cells().unwrap_err().to_string();
        assert!(message.contains("`k`") && message.contains("decimals"), "{message}");
        assert!(Reading::new().drop(["k"]).sheet(&path).unwrap().cells().is_ok());
        let mut bytes = file(Compression::SNAPPY, SCHEMA);
        bytes.truncate(bytes.len() - 9);
        std::fs::write(&path, bytes).unwrap();
        let message = Reading::new().table(&path).unwrap_err().to_string();
        assert!(message.contains("not a whole Parquet file"), "{message}");
    }
}
