//! All sources of a project in one run: each is normalised on its own, and what changed is committed as one state of the lake.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::domain::codelist::Codelists;
use crate::domain::source::{Origin, SourceDefinition};
use crate::lake::{ExportRow, Lake, LakeError, Snapshot};
use crate::normalise::corrections::Correction;
use crate::normalise::export::{Keeper, KeptExport, fits_pattern, list_files};
use crate::normalise::plan::CodelistIndex;
use crate::normalise::source_run::{NormaliseError, SourceReport, SourceRun};

/// What a run reads.
pub struct NormaliseInputs<'a> {
    /// The definitions with their texts.
    pub sources: &'a [(SourceDefinition, String)],
    pub codelists: &'a Codelists,
    /// Fingerprint of the codelists' texts.
    pub codelists_fingerprint: &'a str,
    pub corrections: &'a BTreeMap<String, Vec<Correction>>,
    pub exports_folder: &'a Path,
    /// What pulls brought, by source.
    pub kept: &'a BTreeMap<String, Vec<KeptExport>>,
    /// Who keeps it.
    pub keeper: &'a Arc<dyn Keeper>,
    pub lake_folder: &'a Path,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct NormaliseReport {
    pub sources: Vec<SourceReport>,
    /// Files in `exports/` that no source definition names.
    pub unclaimed: Vec<String>,
}

/// Told of each source as it is normalised.
pub trait Progress {
    /// The source's files are about to be looked at.
    fn source_begins(&self, source: &str);
    /// The source is done.
    fn source_ends(&self, report: &SourceReport);
}

/// Normalises every source and commits the lake once.
///
/// # Errors
/// The lake can't be written, or holds rows of a source that is no longer defined. Faults of exports are in the reports.
pub fn normalise(inputs: &NormaliseInputs<'_>, progress: &dyn Progress) -> Result<NormaliseReport, NormaliseError> {
    let unclaimed = unclaimed_files(inputs)?;
    let mut lake = Lake::open_or_create(inputs.lake_folder)?;
    check_defined(&lake, inputs)?;
    let index = CodelistIndex::new(inputs.codelists);
    let published = if lake.sources().is_empty() {
        None
    } else {
        Some(Snapshot::open(inputs.lake_folder)?)
    };
    let mut fingerprints = BTreeMap::new();
    let mut reports = Vec::new();
    for (definition, text) in inputs.sources {
        progress.source_begins(&definition.name);
        let corrections = inputs.corrections.get(&definition.name).map_or(&[][..], Vec::as_slice);
        let run = SourceRun {
            definition,
            rules_text: &format!("{text}\n{}\n{corrections:?}", inputs.codelists_fingerprint),
            index: &index,
            corrections,
            exports_folder: inputs.exports_folder,
            kept: inputs.kept.get(&definition.name).map_or(&[], Vec::as_slice),
            keeper: inputs.keeper,
            known: &known_exports(published.as_ref(), &definition.name)?,
        };
        let (report, fingerprint) = run.run(&mut lake)?;
        fingerprints.extend(fingerprint.map(|fingerprint| (definition.name.clone(), fingerprint)));
        progress.source_ends(&report);
        reports.push(report);
    }
    lake.commit(&fingerprints)?;
    Ok(NormaliseReport {
        sources: reports,
        unclaimed,
    })
}

/// The files that no definition names. A file that two definitions read in the same way would be counted twice and stops the run.
fn unclaimed_files(inputs: &NormaliseInputs<'_>) -> Result<Vec<String>, NormaliseError> {
    let mut unclaimed = Vec::new();
    let pulled = |(definition, _): &(SourceDefinition, String)| matches!(definition.origin, Origin::Pull(_));
    if !inputs.exports_folder.exists() && inputs.sources.iter().all(pulled) {
        return Ok(unclaimed);
    }
    for export in list_files(inputs.exports_folder).map_err(|fault| NormaliseError::Exports {
        message: fault.to_string(),
    })? {
        let fits = |definition: &&SourceDefinition| match &definition.origin {
            Origin::Folder { files } => fits_pattern(&export, files),
            Origin::Pull(_) => false,
        };
        let claims: Vec<_> = inputs
            .sources
            .iter()
            .map(|(definition, _)| definition)
            .filter(fits)
            .collect();
        let apart = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        let same = |a: &SourceDefinition, b: &SourceDefinition| {
            a.data_set == b.data_set
                && !apart(&a.format.sheet, &b.format.sheet)
                && !apart(&a.format.records, &b.format.records)
        };
        let twice = claims
            .iter()
            .enumerate()
            .find_map(|(at, a)| Some((a, claims[at + 1..].iter().find(|b| same(a, b))?)));
        if let Some((a, b)) = twice {
            let sources = format!("{} and {}", a.name, b.name);
            return Err(NormaliseError::ClaimedTwice { file: export, sources });
        }
        if claims.is_empty() {
            unclaimed.push(export);
        }
    }
    Ok(unclaimed)
}

fn check_defined(lake: &Lake, inputs: &NormaliseInputs<'_>) -> Result<(), NormaliseError> {
    let defined = |source: &String| inputs.sources.iter().any(|(definition, _)| definition.name == *source);
    let undefined: Vec<String> = lake.sources().into_iter().filter(|source| !defined(source)).collect();
    if undefined.is_empty() {
        Ok(())
    } else {
        Err(NormaliseError::Undefined {
            sources: undefined.join(", "),
        })
    }
}

fn known_exports(published: Option<&Snapshot>, source: &str) -> Result<Vec<ExportRow>, LakeError> {
    published.map_or(Ok(Vec::new()), |snapshot| snapshot.exports(source))
}
