//! Source definitions: what one kind of export of one agency is and what its columns mean (`sources/<name>.toml`).
//!
//! Input: TOML text and the codelists. Output: a checked [`SourceDefinition`]. Definitions are strict: an unknown key, field, codelist
//! value, date pattern or encoding is refused with the nearest valid one. Files are found and read elsewhere.

mod columns;
mod definition;
mod error;
mod format;

pub use columns::{MappedColumn, Mapping, Target};
pub use definition::{Mode, Origin, SourceDefinition};
pub use error::DefinitionError;
pub use format::{ExportedOn, Format, FormatType};
