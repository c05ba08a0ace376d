//! A row group of a data file, encoded apart from the file, so that several can be encoded at once and then be put behind one another.
//!
//! Input: a record batch with the table's columns. Output: a [`RowGroup`]. What [`ColumnChunk`] declines is encoded by Parquet's own writer. The same
//! batch gives the same bytes.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};

use super::column_chunk::ColumnChunk;
use super::page_compressor::PageCompressor;
use super::schema::LakeTable;

/// An encoded row group of a table.
pub(super) struct RowGroup {
    columns: Vec<EncodedColumn>,
}

enum EncodedColumn {
    Chunk(ColumnChunk),
    Arrow(ArrowColumnChunk),
}

impl RowGroup {
    /// Encodes a batch whose columns are those of the table.
    pub(super) fn encode(table: LakeTable, batch: &RecordBatch) -> Result<RowGroup> {
        let schema = stored_schema(table, batch.schema_ref());
        let (compression, properties) = (compression()?, properties()?);
        let file = SerializedFileWriter::new(io::sink(), parquet_schema(table)?, properties)?;
        let arrow = ArrowRowGroupWriterFactory::new(&file, schema.clone()).create_column_writers(0)?;
        let mut compressor = PageCompressor::new(compression)?;
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (position, mut writer) in arrow.into_iter().enumerate() {
            let array = batch.column(position);
            let column = file.schema_descr().column(position);
            columns.push(
                match ColumnChunk::encode(array, &column, &mut compressor, compression)? {
                    Some(chunk) => EncodedColumn::Chunk(chunk),
                    None => {
                        for leaf in compute_leaves(schema.field(position), array)? {
                            writer.write(&leaf)?;
                        }
                        EncodedColumn::Arrow(writer.close()?)
                    }
                },
            );
        }
        Ok(RowGroup { columns })
    }

    /// Puts the row group at the end of the file.
    pub(super) fn append(self, file: &mut SerializedFileWriter<impl Write + Send>) -> Result<()> {
        let mut row_group = file.next_row_group()?;
        for column in self.columns {
            match column {
                EncodedColumn::Chunk(chunk) => chunk.append(&mut row_group)?,
                EncodedColumn::Arrow(chunk) => chunk.append_to_row_group(&mut row_group)?,
            }
        }
        row_group.close().map(|_| ())
    }
}

/// The table's columns as Parquet states them.
pub(super) fn parquet_schema(table: LakeTable) -> Result<TypePtr> {
    Ok(ArrowSchemaConverter::new().convert(&table.schema())?.root_schema_ptr())
}

/// How the table's files are written.
pub(super) fn properties() -> Result<WriterPropertiesPtr> {
    let properties = WriterProperties::builder()
        .set_compression(compression()?)
        .set_dictionary_enabled(true)
        // Rows are numbered in the order of the file.
        .set_column_dictionary_enabled(ColumnPath::from("export_row"), false)
        .set_column_encoding(ColumnPath::from("export_row"), Encoding::DELTA_BINARY_PACKED)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_created_by("rogatory".to_owned())
        .build();
    Ok(Arc::new(properties))
}

fn compression() -> Result<Compression> {
    Ok(Compression::ZSTD(ZstdLevel::try_new(3)?))
}

/// The given types with the table's own rules on which columns must have a value.
fn stored_schema(table: LakeTable, given: &Schema) -> SchemaRef {
    let own = table.schema();
    let fields = own.fields().iter().zip(given.fields());
    let stored = fields.map(|(own, given)| own.as_ref().clone().with_data_type(given.data_type().clone()));
    Arc::new(Schema::new(stored.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Array, ArrayRef, AsArray, Date32Array, DictionaryArray, Int16Array, Int64Array, StringArray, new_null_array,
    };
    use arrow::compute::cast;
    use arrow::datatypes::{Field, Int16Type};
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    /// A batch of `requests` with these columns, and for the others a text that is the same in every row, or nothing.
    fn batch(rows: usize, given: &[(&str, ArrayRef)]) -> RecordBatch {
        let schema = LakeTable::Rows(crate::domain::dataset::DataSet::Requests).schema();
        let array = |field: &Arc<Field>| {
            let found = given.iter().find(|(name, _)| name == field.name());
            match found {
                Some((_, array)) => array.clone(),
                None if field.name() == "export_row" => {
                    Arc::new(Int64Array::from_iter_values((2..).take(rows))) as ArrayRef
                }
                None if !field.is_nullable() => codes(&["same"], vec![Some(0); rows]),
                None => new_null_array(field.data_type(), rows),
            }
        };
        let arrays: Vec<ArrayRef> = schema.fields().iter().map(array).collect();
        let named = schema.fields().iter().zip(&arrays);
        let fields: Vec<Field> = named
            .map(|(field, array)| Field::new(field.name(), array.data_type().clone(), true))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }

    fn codes(texts: &[&str], positions: Vec<Option<i16>>) -> ArrayRef {
        let texts = Arc::new(StringArray::from(texts.to_vec()));
        Arc::new(DictionaryArray::<Int16Type>::try_new(Int16Array::from(positions), texts).unwrap())
    }

    fn file(row_groups: Vec<RowGroup>) -> Bytes {
        let schema = parquet_schema(LakeTable::Rows(crate::domain::dataset::DataSet::Requests)).unwrap();
        let mut file = SerializedFileWriter::new(Vec::new(), schema, properties().unwrap()).unwrap();
        for row_group in row_groups {
            row_group.append(&mut file).unwrap();
        }
        Bytes::from(file.into_inner().unwrap())
    }

    fn encode(batch: &RecordBatch) -> Result<RowGroup> {
        RowGroup::encode(LakeTable::Rows(crate::domain::dataset::DataSet::Requests), batch)
    }

    fn read(bytes: Bytes) -> Vec<RecordBatch> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .unwrap()
            .build()
            .unwrap();
        reader.map(|batch| batch.unwrap()).collect()
    }

    /// Columns of a few hundred rows, of every shape that has an encoding of its own, with values that are absent here and there.
    fn shapes(rows: usize) -> Vec<(&'static str, ArrayRef)> {
        let absent = |row: usize| row % 7 == 3;
        let some = |row: usize| (!absent(row)).then_some(row);
        let dates = |first: i32| -> ArrayRef {
            Arc::new(
                (0..rows)
                    .map(|row| some(row).map(|row| first + (row * row % 50) as i32))
                    .collect::<Date32Array>(),
            )
        };
        let text = |row: usize| some(row).map(|row| format!("{row}/ă/{}", row * row));
        vec![
            (
                "form",
                codes(
                    &["a", "ß", "never", "c"],
                    (0..rows).map(|row| some(row).map(|row| [0, 1, 3][row % 3])).collect(),
                ),
            ),
            ("counterpart", codes(&["unused", "only"], vec![Some(1); rows])),
            ("reference", Arc::new((0..rows).map(text).collect::<StringArray>())),
            (
                "cost_currency",
                Arc::new((0..rows).map(|row| some(row).map(|_| "EUR")).collect::<StringArray>()),
            ),
            ("received_on", dates(-20)),
            (
                "completed_on",
                Arc::new((0..rows).map(|row| Some((row * 400) as i32)).collect::<Date32Array>()),
            ),
            (
                "item",
                Arc::new((0..rows).map(|row| some(row).map(|_| 1)).collect::<Int64Array>()),
            ),
            (
                "objects_remitted",
                Arc::new((0..rows).map(|row| Some(i64::MIN + row as i64)).collect::<Int64Array>()),
            ),
        ]
    }

    #[test]
    fn what_was_encoded_is_read_again() {
        for rows in [1, 2, 8, 9, 700] {
            let given = shapes(rows);
            let row_group = encode(&batch(rows, &given)).unwrap();
            let found = read(file(vec![row_group]));
            let found = &arrow::compute::concat_batches(&found[0].schema(), &found).unwrap();
            for (name, array) in given {
                let plain = cast(&array, found[name].data_type()).unwrap();
                assert_eq!(found[name].as_ref(), plain.as_ref(), "{name} of {rows} rows");
            }
            assert_eq!(found["offences"].null_count(), rows);
            assert_eq!(found["export"].as_string::<i32>().value(rows - 1), "same");
        }
    }

    #[test]
    fn row_groups_stand_behind_one_another_with_the_statistics_of_their_columns() {
        let row_groups = [700, 9].map(|rows| encode(&batch(rows, &shapes(rows))).unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(file(row_groups.into())).unwrap();
        let metadata = reader.metadata().clone();
        assert_eq!(
            metadata
                .row_groups()
                .iter()
                .map(|group| group.num_rows())
                .collect::<Vec<_>>(),
            [700, 9]
        );
        let statistics = |name: &str| {
            let columns = metadata.row_group(0).columns();
            let column = columns
                .iter()
                .find(|column| column.column_path().string() == name)
                .unwrap();
            column.statistics().unwrap().clone()
        };
        let form = statistics("form");
        // Codes that do not occur do not count; 100 of 700 numbers leave the remainder 3 when divided by 7.
        assert_eq!(
            (form.min_bytes_opt(), form.max_bytes_opt()),
            (Some(&b"a"[..]), Some("ß".as_bytes()))
        );
        assert_eq!(form.null_count_opt(), Some(100));
        let received = statistics("received_on");
        assert_eq!(received.min_bytes_opt(), Some(&(-20_i32).to_le_bytes()[..]));
        assert_eq!(statistics("channel").null_count_opt(), Some(700));
    }

    #[test]
    fn a_required_column_without_a_value_is_refused() {
        let error = encode(&batch(2, &[("source", codes(&["a"], vec![Some(0), None]))])).err();
        assert!(
            error
                .unwrap()
                .to_string()
                .contains("\"source\" must have a value in every row")
        );
    }

    #[test]
    fn the_same_batch_gives_the_same_bytes() {
        let bytes = || file(vec![encode(&batch(700, &shapes(700))).unwrap()]);
        assert_eq!(bytes(), bytes());
    }
}
