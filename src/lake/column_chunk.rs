//! One column of one row group as Parquet pages, written from what is known about its values already.
//!
//! Input: an Arrow array and the column that it fills. Output: a [`ColumnChunk`]. Parquet's own writer hashes every value to build a dictionary. Here the
//! positions of a dictionary array are written as they are, days and numbers of a narrow range find their position by subtraction, texts that hardly
//! repeat are written plainly, and a column without values is a few bytes. [`ColumnChunk::encode`] declines every other array.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, DictionaryArray, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowNativeType, DataType, Date32Type, Int16Type, Int64Type, ToByteSlice};
use bytes::Bytes;
use hashbrown::HashSet;
use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::hybrid;
use super::page_compressor::PageCompressor;

/// Numbers whose greatest and least lie further apart, or of which more than half differ, get no dictionary here.
const WIDEST_RANGE: i64 = 1 << 16;

/// Of so many texts at the beginning, more than half must differ for the column to be written plainly.
const SAMPLE: usize = 1000;

/// Columns that take fewer bytes are not compressed.
const WORTH_COMPRESSING: usize = 512;

/// Longer texts do not become the least or greatest of a column's statistics.
const LONGEST_BOUND: usize = 64;

/// The encoded values of one column.
pub(super) struct ColumnChunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl ColumnChunk {
    /// Encodes the array for the column, or gives nothing if it is none of those that this module is for.
    pub(super) fn encode(
        array: &dyn Array,
        column: &ColumnDescPtr,
        compressor: &mut PageCompressor,
        compression: Compression,
    ) -> Result<Option<ColumnChunk>> {
        let Some(values) = Values::of(array) else {
            return Ok(None);
        };
        let mut data = levels(array, column)?;
        data.extend_from_slice(&values.data);
        let pages = Pages {
            values,
            data,
            rows: array.len(),
            nulls: array.logical_null_count(),
        };
        pages.write(column, compressor, compression).map(Some)
    }

    /// Makes this the next column of the row group.
    pub(super) fn append(self, row_group: &mut SerializedRowGroupWriter<'_, impl std::io::Write + Send>) -> Result<()> {
        row_group.append_column(&self.bytes, self.close)
    }
}

/// The values of a column, nulls left out.
struct Values {
    /// The page of the dictionary and the number of its entries.
    dictionary: Option<(Vec<u8>, usize)>,
    data: Vec<u8>,
    bounds: Bounds,
}

/// The least and the greatest value.
enum Bounds {
    Unknown,
    Numbers(i64, i64),
    Texts(Vec<u8>, Vec<u8>),
}

impl Values {
    fn of(array: &dyn Array) -> Option<Values> {
        if array.logical_null_count() == array.len() {
            return Some(Values::none());
        }
        match array.data_type() {
            DataType::Dictionary(_, _) => codes(array.as_any().downcast_ref()?),
            DataType::Utf8 => texts(array.as_string()),
            DataType::Date32 => numbers(array.as_primitive::<Date32Type>()),
            DataType::Int64 => numbers(array.as_primitive::<Int64Type>()),
            _ => None,
        }
    }

    fn none() -> Values {
        Values {
            dictionary: None,
            data: Vec::new(),
            bounds: Bounds::Unknown,
        }
    }

    fn of_dictionary(dictionary: Vec<u8>, entries: usize, positions: &[u32], bounds: Bounds) -> Values {
        let width = hybrid::width(entries);
        let mut data = vec![width];
        hybrid::push_values(&mut data, positions, width);
        Values {
            dictionary: Some((dictionary, entries)),
            data,
            bounds,
        }
    }
}

/// Repetition and definition levels, as far as the column has them, each after its length. A list can only be absent.
fn levels(array: &dyn Array, column: &ColumnDescPtr) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut push = |levels: Vec<u8>| {
        out.extend_from_slice(&(levels.len() as u32).to_le_bytes());
        out.extend_from_slice(&levels);
    };
    if column.max_rep_level() > 0 {
        let mut levels = Vec::new();
        hybrid::push_run(&mut levels, 0, 1, array.len());
        push(levels);
    }
    if column.max_def_level() > 0 {
        let mut levels = Vec::new();
        match array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            None => hybrid::push_run(&mut levels, 1, 1, array.len()),
            Some(nulls) if nulls.null_count() == array.len() => hybrid::push_run(&mut levels, 0, 1, array.len()),
            Some(nulls) => hybrid::push_bits(&mut levels, nulls.inner().sliced().as_slice(), array.len()),
        }
        push(levels);
    } else if array.logical_null_count() > 0 {
        return Err(ParquetError::General(format!(
            "the column {} must have a value in every row",
            column.path()
        )));
    }
    Ok(out)
}

/// Calls `take` with every position that has a value.
fn each_valid(length: usize, nulls: Option<&NullBuffer>, mut take: impl FnMut(usize)) {
    match nulls {
        None => (0..length).for_each(take),
        Some(nulls) => nulls.valid_indices().for_each(&mut take),
    }
}

/// Codes: the entries of the dictionary that occur, in its order.
fn codes(array: &DictionaryArray<Int16Type>) -> Option<Values> {
    let entries = array.values().as_any().downcast_ref::<StringArray>()?;
    if entries.null_count() > 0 {
        return None;
    }
    let keys = array.keys().values();
    let nulls = array.keys().nulls();
    let mut occurs = vec![false; entries.len()];
    each_valid(keys.len(), nulls, |row| occurs[keys[row].as_usize()] = true);
    let mut position_of = vec![0_u32; entries.len()];
    let mut dictionary = Vec::new();
    let mut count = 0;
    let mut bounds = TextBounds::default();
    for (entry, _) in occurs.iter().enumerate().filter(|(_, occurs)| **occurs) {
        position_of[entry] = count;
        count += 1;
        let text = entries.value(entry).as_bytes();
        push_text(&mut dictionary, text);
        bounds.extend(text);
    }
    let mut positions = Vec::with_capacity(keys.len());
    each_valid(keys.len(), nulls, |row| {
        positions.push(position_of[keys[row].as_usize()])
    });
    Some(Values::of_dictionary(
        dictionary,
        count as usize,
        &positions,
        bounds.finish(),
    ))
}

/// Days and whole numbers, if they lie close together.
fn numbers<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<Values>
where
    T::Native: Into<i64>,
{
    let values = array.values();
    let (mut least, mut greatest) = (i64::MAX, i64::MIN);
    each_valid(values.len(), array.nulls(), |row| {
        let value: i64 = values[row].into();
        least = least.min(value);
        greatest = greatest.max(value);
    });
    let range = greatest.checked_sub(least).filter(|range| *range < WIDEST_RANGE)?;
    let offset = |row: usize| (values[row].into() - least) as usize;
    let mut row_of: Vec<Option<usize>> = vec![None; range as usize + 1];
    each_valid(values.len(), array.nulls(), |row| row_of[offset(row)] = Some(row));
    let mut position_of = vec![0_u32; row_of.len()];
    let mut dictionary = Vec::new();
    let mut count = 0;
    for (offset, row) in row_of.iter().enumerate() {
        if let Some(row) = row {
            position_of[offset] = count;
            count += 1;
            dictionary.extend_from_slice(values[*row].to_byte_slice());
        }
    }
    let mut positions = Vec::with_capacity(values.len());
    each_valid(values.len(), array.nulls(), |row| {
        positions.push(position_of[offset(row)])
    });
    if count as usize * 2 > positions.len() {
        return None;
    }
    let bounds = Bounds::Numbers(least, greatest);
    Some(Values::of_dictionary(dictionary, count as usize, &positions, bounds))
}

/// Texts, each after its length, if they hardly repeat.
fn texts(array: &StringArray) -> Option<Values> {
    let sample: Vec<&str> = array.iter().flatten().take(SAMPLE).collect();
    let different: HashSet<&str> = sample.iter().copied().collect();
    if different.len() * 2 <= sample.len() {
        return None;
    }
    let mut data = Vec::with_capacity(array.value_data().len() + 4 * array.len());
    let mut bounds = TextBounds::default();
    each_valid(array.len(), array.nulls(), |row| {
        let text = array.value(row).as_bytes();
        push_text(&mut data, text);
        bounds.extend(text);
    });
    Some(Values {
        dictionary: None,
        data,
        bounds: bounds.finish(),
    })
}

fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// The least and the greatest of the texts so far, by their bytes.
#[derive(Default)]
struct TextBounds<'a>(Option<(&'a [u8], &'a [u8])>);

impl<'a> TextBounds<'a> {
    fn extend(&mut self, text: &'a [u8]) {
        let (least, greatest) = self.0.unwrap_or((text, text));
        self.0 = Some((least.min(text), greatest.max(text)));
    }

    fn finish(self) -> Bounds {
        match self.0 {
            Some((least, greatest)) if least.len().max(greatest.len()) <= LONGEST_BOUND => {
                Bounds::Texts(least.to_vec(), greatest.to_vec())
            }
            _ => Bounds::Unknown,
        }
    }
}

/// The pages of a column before they are compressed and put behind one another.
struct Pages {
    values: Values,
    data: Vec<u8>,
    rows: usize,
    nulls: usize,
}

impl Pages {
    fn write(
        self,
        column: &ColumnDescPtr,
        compressor: &mut PageCompressor,
        compression: Compression,
    ) -> Result<ColumnChunk> {
        let dictionary_size = self.values.dictionary.as_ref().map_or(0, |(page, _)| page.len());
        let worthwhile = dictionary_size + self.data.len() >= WORTH_COMPRESSING;
        let compression = if worthwhile {
            compression
        } else {
            Compression::UNCOMPRESSED
        };
        let mut compressed = |page: Vec<u8>| {
            if worthwhile {
                compressor.compress(page)
            } else {
                Ok(Bytes::from(page))
            }
        };
        let statistics = statistics(column.physical_type(), &self.values.bounds, self.nulls as u64);
        let mut written = Written::default();
        let encoding = match self.values.dictionary {
            None => Encoding::PLAIN,
            Some((page, entries)) => {
                let size = page.len();
                let page = Page::DictionaryPage {
                    buf: compressed(page)?,
                    num_values: entries as u32,
                    encoding: Encoding::PLAIN,
                    is_sorted: false,
                };
                written.push(page, size)?;
                Encoding::RLE_DICTIONARY
            }
        };
        let size = self.data.len();
        let page = Page::DataPage {
            buf: compressed(self.data)?,
            num_values: self.rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        written.push(page, size)?;
        written.finish(column, compression, self.rows, statistics)
    }
}

fn statistics(kind: Type, bounds: &Bounds, nulls: u64) -> Statistics {
    let nulls = Some(nulls);
    match (kind, bounds) {
        (Type::INT32, Bounds::Numbers(least, greatest)) => {
            Statistics::int32(Some(*least as i32), Some(*greatest as i32), None, nulls, false)
        }
        (Type::INT32, _) => Statistics::int32(None, None, None, nulls, false),
        (Type::INT64, Bounds::Numbers(least, greatest)) => {
            Statistics::int64(Some(*least), Some(*greatest), None, nulls, false)
        }
        (Type::INT64, _) => Statistics::int64(None, None, None, nulls, false),
        (Type::DOUBLE, _) => Statistics::double(None, None, None, nulls, false),
        (Type::BOOLEAN, _) => Statistics::boolean(None, None, None, nulls, false),
        (_, Bounds::Texts(least, greatest)) => {
            let bound = |text: &[u8]| Some(ByteArray::from(text.to_vec()));
            Statistics::byte_array(bound(least), bound(greatest), None, nulls, false)
        }
        _ => Statistics::byte_array(None, None, None, nulls, false),
    }
}

/// The pages of one column, with their headers.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    /// Pages with what they hold and how it is encoded, in their order.
    pages: Vec<PageEncodingStats>,
    dictionary_length: Option<i64>,
    uncompressed: i64,
}

impl Written {
    fn push(&mut self, page: Page, uncompressed: usize) -> Result<()> {
        self.pages.push(PageEncodingStats {
            page_type: page.page_type(),
            encoding: page.encoding(),
            count: 1,
        });
        let is_dictionary = page.is_dictionary_page();
        let mut sink = TrackedWrite::new(&mut self.bytes);
        let spec = SerializedPageWriter::new(&mut sink).write_page(CompressedPage::new(page, uncompressed))?;
        sink.into_inner()?;
        self.uncompressed += spec.uncompressed_size as i64;
        if is_dictionary {
            self.dictionary_length = Some(self.bytes.len() as i64);
        }
        Ok(())
    }

    fn finish(
        self,
        column: &ColumnDescPtr,
        compression: Compression,
        rows: usize,
        statistics: Statistics,
    ) -> Result<ColumnChunk> {
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(self.pages.iter().map(|page| page.encoding));
        let size = self.bytes.len() as i64;
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(compression)
            .set_encodings(encodings)
            .set_page_encoding_stats(self.pages)
            .set_total_compressed_size(size)
            .set_total_uncompressed_size(self.uncompressed)
            .set_num_values(rows as i64)
            .set_data_page_offset(self.dictionary_length.unwrap_or(0))
            .set_dictionary_page_offset(self.dictionary_length.map(|_| 0))
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: size as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(ColumnChunk {
            bytes: Bytes::from(self.bytes),
            close,
        })
    }
}
