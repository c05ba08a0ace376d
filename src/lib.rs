//! Statistics of international judicial cooperation in criminal matters, from agency exports to published reports.
//!
//! The modules are the stages of the way that data take: [`pull`] fetches exports from the agencies, the [`vault`] keeps them,
//! [`normalise`] reads them into the [`lake`], [`measures`] turns the
//! lake into marts by SQL on the [`engine`], [`tables`] turns marts into published tables, [`report`] renders them as an edition.
//! [`inspect`] finds out what a new file is. [`domain`] is the vocabulary below them all, [`disk`] writes files that survive a power cut, [`project`] the folder that a user configures, [`cli`] the commands on top.

pub mod cli;
pub mod disk;
pub mod domain;
pub mod engine;
pub mod generate;
pub mod inspect;
pub mod lake;
pub mod measures;
pub mod normalise;
pub mod project;
pub mod pull;
pub mod report;
pub mod tables;
pub mod vault;
