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
