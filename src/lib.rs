//! Statistics of international judicial cooperation in criminal matters, from agency exports to published reports.
//!
//! The modules are the stages of the way that data take: [`normalise`] reads exports into the [`lake`], [`measures`] turns the
//! lake into marts by SQL on the [`engine`], [`tables`] turns marts into published tables, [`report`] renders them as an edition.
//! [`inspect`] finds out what a new file is. [`domain`] is the vocabulary below them all, [`project`] the folder that a user configures, [`cli`] the commands on top.

pub mod cli;
pub mod domain;
pub mod engine;
pub mod generate;
pub mod inspect;
pub mod lake;
pub mod measures;
pub mod normalise;
pub mod project;
pub mod report;
pub mod tables;
