//! How much one client may ask for.

pub(crate) mod addresses;
pub(crate) mod bucket;
pub(crate) mod metered;
pub(crate) mod once;
