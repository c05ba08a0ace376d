//! Which exports came from where and when, in the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Vault;
use super::error::VaultError;
use super::object::Stored;

/// What is known of an export that has just arrived.
#[derive(Clone, Debug)]
pub struct NewArrival<'a> {
    pub source: &'a str,
    /// Name of the file.
    pub name: &'a str,
    /// Where it came from, without credentials.
    pub origin: &'a str,
    pub version: &'a OriginVersion,
    pub notes: &'a BTreeMap<String, String>,
    pub at: Timestamp,
}

/// What a server said of the version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginVersion {
    pub etag: Option<String>,
    pub modified: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
}

/// What keeping an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Whether the origin had other bytes before, or none.
    pub new: bool,
}

/// An export of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredExport {
    /// Place in the order of arrival.
    pub arrival: i64,
    pub name: String,
    pub sha256: String,
    pub arrived_at: Timestamp,
}

impl Vault {
    pub(super) fn record(&self, stored: &Stored, arrival: &NewArrival<'_>) -> Result<Arrival, VaultError> {
        let fault = self.ledger.fault();
        let record = || -> rusqlite::Result<bool> {
            let transaction = self.ledger.connection.unchecked_transaction()?;
            transaction.execute(
                "insert into exports (sha256, size, stored_at) values (?1, ?2, ?3) on conflict do nothing",
                params![stored.sha256, stored.size as i64, arrival.at.to_string()],
            )?;
            let version = arrival.version;
            let size = version.size.map(|size| size as i64);
            let seen = transaction.execute(
                "update arrivals set etag = ?1, modified = ?2, size = ?3
                 where sha256 = ?4 and name = ?5
                   and id = (select max(id) from arrivals where source = ?6 and origin = ?7)",
                params![
                    version.etag,
                    version.modified,
                    size,
                    stored.sha256,
                    arrival.name,
                    arrival.source,
                    arrival.origin
                ],
            )?;
            if seen == 0 {
                transaction.execute(
                    "insert into arrivals (source, name, origin, sha256, arrived_at, etag, modified, size, notes)
                     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    params![
                        arrival.source,
                        arrival.name,
                        arrival.origin,
                        stored.sha256,
                        arrival.at.to_string(),
                        version.etag,
                        version.modified,
                        size,
                        serde_json::json!(arrival.notes).to_string()
                    ],
                )?;
            }
            transaction.commit()?;
            Ok(seen == 0)
        };
        Ok(Arrival {
            new: record().map_err(fault)?,
            sha256: stored.sha256.clone(),
            size: stored.size,
        })
    }

    /// The version of what came last from an origin of a source.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn origin_version(&self, source: &str, origin: &str) -> Result<Option<OriginVersion>, VaultError> {
        let read = |row: &Row<'_>| {
            Ok(OriginVersion {
                etag: row.get(0)?,
                modified: row.get(1)?,
                size: row.get::<_, Option<i64>>(2)?.map(|size| size as u64),
            })
        };
        self.ledger
            .connection
            .query_row(
                "select etag, modified, size from arrivals
                 where source = ?1 and origin = ?2 order by id desc limit 1",
                [source, origin],
                read,
            )
            .optional()
            .map_err(self.ledger.fault())
    }

    /// The exports of a source in the order of arrival: bytes that came several times under one name at
    /// the place of the last time.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn exports(&self, source: &str) -> Result<Vec<StoredExport>, VaultError> {
        let read = |row: &Row<'_>| {
            let at: String = row.get(3)?;
            let wrong = |error: jiff::Error| {
                rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error))
            };
            Ok(StoredExport {
                arrival: row.get(0)?,
                name: row.get(1)?,
                sha256: row.get(2)?,
                arrived_at: at.parse().map_err(wrong)?,
            })
        };
        let query = || -> rusqlite::Result<Vec<StoredExport>> {
            let mut statement = self.ledger.connection.prepare(
                "select max(id), name, sha256, arrived_at from arrivals
                 where source = ?1
                 group by name, sha256 order by 1",
            )?;
            statement.query_map([source], read)?.collect()
        };
        query().map_err(self.ledger.fault())
    }

    /// The names under which each object came.
    pub(super) fn known_objects(&self) -> Result<BTreeMap<String, Vec<String>>, VaultError> {
        let query = || -> rusqlite::Result<BTreeMap<String, Vec<String>>> {
            let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut statement = self.ledger.connection.prepare(
                "select distinct sha256, source || ': ' || name from arrivals
                 order by 1, 2",
            )?;
            for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
                let (sha256, name) = row?;
                known.entry(sha256).or_default().push(name);
            }
            Ok(known)
        };
        query().map_err(self.ledger.fault())
    }
}
