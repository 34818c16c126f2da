//! How cranks use one database.

/// How a crank uses a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// No other crank may use it.
    Alone,
    /// Other cranks may, if all of them own matches by leases.
    Leased,
}
