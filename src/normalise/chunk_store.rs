//! Where mapped values wait until it is known which rows count: in memory up to a limit, beyond it in a file of the lake's folder that has no name.
//!
//! What is kept is loaded again unchanged, wherever it was kept.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use crate::lake::{Lake, LakeError};
use crate::normalise::fault::FileFault;

/// Bytes of values that are held in memory.
const MEMORY_LIMIT: usize = 192 << 20;

/// Keeps batches.
pub struct ChunkStore {
    folder: PathBuf,
    file: Mutex<File>,
    held: AtomicUsize,
}

/// A batch that is kept.
#[derive(Debug, Default)]
pub enum StoredBatch {
    #[default]
    Empty,
    Held(RecordBatch),
    Written {
        at: u64,
        length: usize,
    },
}

impl ChunkStore {
    /// A store that writes into the lake's folder.
    ///
    /// # Errors
    /// No file can be created there.
    pub fn new(lake: &Lake) -> Result<Self, LakeError> {
        Ok(ChunkStore {
            folder: lake.folder().to_owned(),
            file: Mutex::new(lake.scratch_file()?),
            held: AtomicUsize::new(0),
        })
    }

    /// Keeps the batch.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(&self, batch: RecordBatch) -> Result<StoredBatch, FileFault> {
        if batch.num_rows() == 0 {
            return Ok(StoredBatch::Empty);
        }
        let size = batch.get_array_memory_size();
        if self.held.fetch_add(size, Ordering::Relaxed) + size <= MEMORY_LIMIT {
            return Ok(StoredBatch::Held(batch));
        }
        self.held.fetch_sub(size, Ordering::Relaxed);
        let bytes = serialised(&batch)?;
        self.write(&bytes).map_err(|source| FileFault::Io {
            path: self.folder.clone(),
            source,
        })
    }

    /// The batch again; nothing if it had no rows.
    ///
    /// # Errors
    /// It can't be read.
    pub fn load(&self, stored: StoredBatch) -> Result<Option<RecordBatch>, ArrowError> {
        match stored {
            StoredBatch::Empty => Ok(None),
            StoredBatch::Held(batch) => Ok(Some(batch)),
            StoredBatch::Written { at, length } => {
                let bytes = self.read(at, length)?;
                StreamReader::try_new(Cursor::new(bytes), None)?.next().transpose()
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<StoredBatch> {
        let mut file = self.file.lock().expect("no worker panics while it holds the lock");
        let at = file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)?;
        let length = bytes.len();
        Ok(StoredBatch::Written { at, length })
    }

    fn read(&self, at: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut file = self.file.lock().expect("no worker panics while it holds the lock");
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn serialised(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
    writer.write(batch)?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int16Array, StringArray, UInt32Array};

    use super::*;
    use crate::normalise::chunk::batch;
    use crate::normalise::columns::code_array;

    fn rows(first: u32) -> RecordBatch {
        let codes = Arc::new(StringArray::from(vec!["DE", "FR"]));
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "state",
                code_array(Int16Array::from(vec![Some(1), None, Some(0)]), &codes),
            ),
            (
                "reference",
                Arc::new(StringArray::from(vec![Some("1/2025"), Some("ă"), None])),
            ),
            ("row", Arc::new(UInt32Array::from(vec![first, first + 1, first + 2]))),
        ];
        batch(columns).unwrap()
    }

    #[test]
    fn batches_come_back_as_they_were_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(folder.path()).unwrap();
        let store = ChunkStore::new(&lake).unwrap();
        let held = store.keep(rows(0)).unwrap();
        assert!(matches!(held, StoredBatch::Held(_)));
        store.held.store(MEMORY_LIMIT, Ordering::Relaxed);
        let written: Vec<StoredBatch> = (1..4).map(|number| store.keep(rows(10 * number)).unwrap()).collect();
        assert!(
            written
                .iter()
                .all(|stored| matches!(stored, StoredBatch::Written { .. }))
        );
        for (number, stored) in (1..4).zip(written).rev() {
            assert_eq!(store.load(stored).unwrap(), Some(rows(10 * number)));
        }
        assert_eq!(store.load(held).unwrap(), Some(rows(0)));
        assert_eq!(store.load(store.keep(rows(0).slice(0, 0)).unwrap()).unwrap(), None);
    }
}
