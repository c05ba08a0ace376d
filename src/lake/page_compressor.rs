//! Zstandard compression of finished Parquet pages.
//!
//! The `parquet` crate keeps its codecs to itself and compresses only what its own column writers have encoded. A column of byte strings of a fixed
//! length is encoded as those bytes and nothing else, so writing a page as the one value of such a column gives exactly that page, compressed.

use std::sync::{Arc, mpsc};

use bytes::Bytes;
use parquet::basic::{Compression, Repetition, Type as PhysicalType};
use parquet::column::page::{CompressedPage, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, FixedLenByteArray, FixedLenByteArrayType};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::{SchemaDescriptor, Type};

/// Compresses one page after the other.
pub(super) struct PageCompressor {
    writer: ColumnWriterImpl<'static, FixedLenByteArrayType>,
    compressed: mpsc::Receiver<Bytes>,
}

impl PageCompressor {
    pub(super) fn new(compression: Compression) -> Result<PageCompressor> {
        let page = Type::primitive_type_builder("page", PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_length(1)
            .build()?;
        let schema = Type::group_type_builder("pages")
            .with_fields(vec![Arc::new(page)])
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_data_page_row_count_limit(1)
            .build();
        let column = SchemaDescriptor::new(Arc::new(schema)).column(0);
        let (sender, compressed) = mpsc::channel();
        let writer = ColumnWriterImpl::new(column, Arc::new(properties), Box::new(Pages(sender)));
        Ok(PageCompressor { writer, compressed })
    }

    /// The bytes of a page, compressed.
    pub(super) fn compress(&mut self, page: Vec<u8>) -> Result<Bytes> {
        let value = FixedLenByteArray::from(ByteArray::from(page));
        self.writer.write_batch(&[value], None, None)?;
        self.compressed
            .try_recv()
            .map_err(|error| ParquetError::General(format!("a page was not compressed: {error}")))
    }
}

/// Hands on the pages of the column.
struct Pages(mpsc::Sender<Bytes>);

impl PageWriter for Pages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let bytes = page.compressed_page().buffer().clone();
        self.0
            .send(bytes)
            .map_err(|error| ParquetError::General(format!("a page was not taken: {error}")))?;
        Ok(PageWriteSpec::new())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
