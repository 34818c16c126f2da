//! What a process is told and what it tells: its settings, its log, its metrics.
//!
//! | room | what it owns |
//! |---|---|
//! | [`settings`] | flag, environment variable, file, default: the layers of a setting, and the table of all settings |
//! | [`logging`] | levels, format and fields of log records |
//! | [`metrics`] | the one recorder of a process, the catalogue of all metrics, Prometheus and StatsD |
//!
//! **Deliberately absent:** what the settings mean and what is counted; the command and the services know
//! that.

mod config_error;
pub mod logging;
pub mod metrics;
pub mod settings;

pub use config_error::ConfigError;
