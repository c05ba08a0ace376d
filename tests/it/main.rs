//! The one integration-test binary: a module for each question asked of the library and of the program.

mod casework;
mod command;
mod contribution;
mod dialects;
mod documentation;
mod engine;
mod exports_again;
mod faults;
mod fixture;
mod hand_made;
mod inspect;
mod interoperability;
mod killed;
mod lake;
mod layers;
mod marts;
mod measures;
mod nothing_lost;
mod pdf;
mod pull_http;
mod pulled;
mod report;
mod samples;
mod servers;
mod whole_run;
mod workbooks;
